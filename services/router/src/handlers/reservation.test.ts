import { noUsage } from "@sluice/contracts/usage";
import { LocalQuota } from "@sluice/quota/local-quota";
import type { Limit } from "@sluice/quota/quota";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Reservation } from "./reservation.ts";

const month = { kind: "calendar", limit: 2_000, period: "month" } as const;
const team = { window: month } as const;
const member = { window: { ...month, limit: 700 } } as const;
const places = { window: { kind: "concurrent", limit: 5 } } as const;

/** One request: whose it is, what its calls use, and what becomes of it. */
const requestArbitrary = fc.record({
  member: fc.constantFrom("ada", "bob", "cyd"),
  estimate: fc.integer({ min: 0, max: 200 }),
  /** Tokens of its calls; the first ones fail and are called again. */
  calls: fc.array(fc.nat({ max: 260 }), { maxLength: 3 }),
  /** Whether auth gets it twice, as after a resend. */
  isRedelivered: fc.boolean(),
  /** `lost` routers never settle; of a request that is left, another delivery is called. */
  end: fc.constantFrom("settled", "settled", "settled", "left", "lost"),
});
type Request = typeof requestArbitrary extends fc.Arbitrary<infer Value> ? Value : never;

function limitsOf({ member: name, estimate }: Pick<Request, "member" | "estimate">): Limit[] {
  const unit = "total_tokens" as const;
  return [
    { id: "team", scope: "all", unit, amount: estimate, policy: team },
    { id: "member", scope: name, unit, amount: estimate, policy: member },
    { id: "places", scope: "all", unit: "concurrent_calls", amount: 1, policy: places },
  ];
}

const at = async (quota: LocalQuota, reservationId: string, request: Pick<Request, "member" | "estimate">) =>
  await quota.reserve({ partition: "p", reservationId, ttlMs: 30_000, limits: limitsOf(request) });

test("however requests interleave, fail, are called again, repeated or lost: no limit is overshot by more than what was not reserved, and nothing stays reserved", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(requestArbitrary, { minLength: 1, maxLength: 40 }),
      fc.scheduler(),
      async (requests, scheduler) => {
        let nowMs = Date.UTC(2026, 0, 1);
        const quota = new LocalQuota({ now: () => nowMs, settledRecordMs: 1e9, expiredRecordMs: 1e9 });
        const used: Record<string, number> = { ada: 0, bob: 0, cyd: 0 };
        const beyond: Record<string, number> = { ada: 0, bob: 0, cyd: 0 };
        const settling: Promise<unknown>[] = [];
        const settlements = {
          extend: (text: string, ttlMs: number) => void settling.push(quota.extend(text, ttlMs)),
          settle: (text: string, amounts: Parameters<LocalQuota["settle"]>[1] | undefined) =>
            void settling.push(amounts === undefined ? quota.cancel(text) : quota.settle(text, amounts)),
        };
        const run = async (request: Request, number: number): Promise<void> => {
          const turn = (label: string) => scheduler.schedule(Promise.resolve(), label);
          await turn("arrives");
          const outcome = await at(quota, `request ${number}`, request);
          const again = request.isRedelivered ? await at(quota, `request ${number}`, request) : outcome;
          expect(again.granted).toBe(outcome.granted);
          if (!outcome.granted) return;
          const reservation = new Reservation(settlements, outcome.reservation);
          if (request.end === "left") {
            // This delivery had no leave; the one that has it settles.
            const left = new Reservation(settlements, outcome.reservation);
            left.callBegins(1000);
            left.leaveToOthers();
            left.callEnded(noUsage, 0n);
            left.over();
          }
          for (const tokens of request.calls) {
            await turn("calls");
            reservation.callBegins(1000);
            await turn("is answered");
            if (request.end === "lost") return;
            reservation.callEnded({ ...noUsage, inputTokens: tokens }, undefined);
          }
          if (request.end === "lost") return;
          await turn("is over");
          reservation.over();
          const sum = request.calls.reduce((total, tokens) => total + tokens, 0);
          used[request.member] = (used[request.member] ?? 0) + sum;
          beyond[request.member] = (beyond[request.member] ?? 0) + Math.max(0, sum - request.estimate);
        };
        const all = Promise.all(requests.map(run));
        await scheduler.waitFor(all);
        await Promise.all(settling);
        let ofTeam = 0;
        let beyondOfTeam = 0;
        for (const [name, tokens] of Object.entries(used)) {
          ofTeam += tokens;
          beyondOfTeam += beyond[name] ?? 0;
          expect(tokens - (beyond[name] ?? 0)).toBeLessThanOrEqual(member.window.limit);
        }
        expect(ofTeam - beyondOfTeam).toBeLessThanOrEqual(month.limit);
        // Past the time of every reservation there is what was used, and nothing else.
        nowMs += 10 * 60_000;
        for (const [name, tokens] of Object.entries(used)) {
          const { limits } = await at(quota, `afterwards ${name}`, {
            member: name as Request["member"],
            estimate: 0,
          });
          const left = limits.map(({ remaining }) => remaining);
          expect(left.slice(0, 2)).toEqual([Math.max(0, 2_000 - ofTeam), Math.max(0, 700 - tokens)]);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test("a request that waits for another's call holds what it reserved for its own time", () => {
  const extended: number[] = [];
  const settled: unknown[] = [];
  const reservation = new Reservation(
    {
      extend: (_text, ttlMs) => void extended.push(ttlMs),
      settle: (_text, used) => void settled.push(used),
    },
    "token",
  );
  reservation.waits(60_000);
  reservation.callBegins(50_000);
  reservation.callEnded(noUsage, 0n);
  reservation.over();
  expect(extended).toEqual([90_000, 80_000]);
  expect(settled).toEqual([
    { requests: 1, input_tokens: 0, output_tokens: 0, total_tokens: 0, cost_nano_usd: 0 },
  ]);
});
