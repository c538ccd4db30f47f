import { noUsage } from "@sluice/contracts/usage";
import { LocalQuota } from "@sluice/quota/local-quota";
import type { Limit, UsedAmounts } from "@sluice/quota/quota";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Reservation } from "./reservation.ts";

/** Limits of a team, of each of its members, and of what is under way at once. */
function policiesOf(size: number) {
  const month = { kind: "calendar", period: "month" } as const;
  return {
    team: { window: { ...month, limit: 2_000 * size } },
    member: { window: { ...month, limit: 700 * size } },
    places: { window: { kind: "concurrent", limit: 5 * size } },
  } as const;
}
type Policies = ReturnType<typeof policiesOf>;

/** One request: whose it is, what its calls use, and what becomes of it. */
const requestArbitrary = fc.record({
  member: fc.constantFrom("ada", "bob", "cyd"),
  estimate: fc.integer({ min: 0, max: 200 }),
  /** Tokens of its calls; the first ones fail and are called again. */
  calls: fc.array(fc.nat({ max: 260 }), { maxLength: 3 }),
  /** A stream asks for more before it goes on beyond what is reserved, and is cut off where there is no more. */
  isStream: fc.boolean(),
  /** Whether auth gets it twice, as after a resend. */
  isRedelivered: fc.boolean(),
  /** `lost` routers never settle; of a request that is left, another delivery is called. */
  end: fc.constantFrom("settled", "settled", "settled", "left", "lost"),
});
type Request = typeof requestArbitrary extends fc.Arbitrary<infer Value> ? Value : never;

type Asked = Pick<Request, "member" | "estimate">;

function limitsOf({ team, member, places }: Policies, { member: name, estimate }: Asked): Limit[] {
  const unit = "total_tokens" as const;
  return [
    { id: "team", scope: "all", unit, amount: estimate, policy: team },
    { id: "member", scope: name, unit, amount: estimate, policy: member },
    { id: "places", scope: "all", unit: "concurrent_calls", amount: 1, policy: places },
  ];
}

/** Tokens of a piece of a stream, and for how many it asks at a time. */
const pieceTokens = 13;
const stepTokens = 60;

test.each([
  { runs: 200, size: 1, requestsInRun: { minLength: 1, maxLength: 40 } },
  { runs: 2, size: 100, requestsInRun: { minLength: 3000, maxLength: 3000 } },
])(
  "however requests interleave, $requestsInRun.maxLength of them at once, fail, are called again, cut off, repeated or lost: no limit is overshot by more than what was not reserved, and nothing stays reserved",
  async ({ runs, size, requestsInRun }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(requestArbitrary, requestsInRun),
        fc.scheduler(),
        async (requests, scheduler) => {
          const policies = policiesOf(size);
          let nowMs = Date.UTC(2026, 0, 1);
          const quota = new LocalQuota({ now: () => nowMs, settledRecordMs: 1e9, expiredRecordMs: 1e9 });
          const at = (reservationId: string, request: Asked) => {
            const limits = limitsOf(policies, request);
            return quota.reserve({ partition: "p", reservationId, ttlMs: 30_000, limits });
          };
          const used: Record<string, number> = { ada: 0, bob: 0, cyd: 0 };
          const beyond: Record<string, number> = { ada: 0, bob: 0, cyd: 0 };
          const settling: Promise<unknown>[] = [];
          const settlements = {
            extend: (text: string, ttlMs: number) => void settling.push(quota.extend(text, ttlMs)),
            settle: (text: string, amounts: Parameters<LocalQuota["settle"]>[1] | undefined) =>
              void settling.push(amounts === undefined ? quota.cancel(text) : quota.settle(text, amounts)),
            raise: (text: string, amounts: UsedAmounts) => quota.raise(text, amounts),
          };
          const run = async (request: Request, number: number): Promise<void> => {
            const turn = (label: string) => scheduler.schedule(Promise.resolve(), label);
            await turn("arrives");
            const outcome = await at(`request ${number}`, request);
            const again = request.isRedelivered ? await at(`request ${number}`, request) : outcome;
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
            let [sum, held, isCut] = [0, request.estimate, false];
            for (const tokens of request.calls) {
              if (isCut) break;
              await turn("calls");
              reservation.callBegins(1000);
              let given = 0;
              while (request.isStream && !isCut && given < tokens) {
                await turn("gives a piece");
                given = Math.min(tokens, given + pieceTokens);
                if (sum + given <= held) continue;
                const wanted = sum + given + stepTokens;
                isCut = (await reservation.raise({ total_tokens: wanted })).result !== "raised";
                if (!isCut) held = wanted;
              }
              await turn("is answered");
              if (request.end === "lost") return;
              const ofCall = request.isStream ? given : tokens;
              reservation.callEnded({ ...noUsage, inputTokens: ofCall }, undefined);
              sum += ofCall;
            }
            if (request.end === "lost") return;
            await turn("is over");
            reservation.over();
            if (request.isStream) expect(sum - held).toBeLessThanOrEqual(pieceTokens);
            used[request.member] = (used[request.member] ?? 0) + sum;
            beyond[request.member] = (beyond[request.member] ?? 0) + Math.max(0, sum - held);
          };
          const all = Promise.all(requests.map(run));
          await scheduler.waitFor(all);
          await Promise.all(settling);
          let ofTeam = 0;
          let beyondOfTeam = 0;
          for (const [name, tokens] of Object.entries(used)) {
            ofTeam += tokens;
            beyondOfTeam += beyond[name] ?? 0;
            expect(tokens - (beyond[name] ?? 0)).toBeLessThanOrEqual(policies.member.window.limit);
          }
          expect(ofTeam - beyondOfTeam).toBeLessThanOrEqual(policies.team.window.limit);
          // Past the time of every reservation there is what was used, and nothing else.
          nowMs += 10 * 60_000;
          for (const [name, tokens] of Object.entries(used)) {
            const { limits } = await at(`afterwards ${name}`, {
              member: name as Request["member"],
              estimate: 0,
            });
            const left = limits.map(({ remaining }) => remaining);
            expect(left.slice(0, 2)).toEqual([
              Math.max(0, policies.team.window.limit - ofTeam),
              Math.max(0, policies.member.window.limit - tokens),
            ]);
          }
        },
      ),
      { numRuns: runs },
    );
  },
);

test("a request that waits for another's call holds what it reserved for its own time", () => {
  const extended: number[] = [];
  const settled: unknown[] = [];
  const reservation = new Reservation(
    {
      extend: (_text, ttlMs) => void extended.push(ttlMs),
      settle: (_text, used) => void settled.push(used),
      raise: () => expect.unreachable(),
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
