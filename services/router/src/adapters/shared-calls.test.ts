import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "@sluice/bus/testing/seeded-random";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { expect, test } from "vitest";
import { invalidationSubjects } from "../domain/kept-reply.ts";
import { keptReply } from "../testing/kept-replies.ts";
import { startTestReplyCache } from "../testing/test-reply-cache.ts";
import type { ReplyCache } from "./reply-cache.ts";
import { type CallOutcome, type CallTurn, SharedCalls } from "./shared-calls.ts";

const patience = async (): Promise<void> => undefined;

/** A router as far as it shares calls, and one request to it after the other. */
class Asking {
  readonly #cache: ReplyCache;
  readonly #calls: SharedCalls;

  constructor(cache: ReplyCache, turnMs?: number) {
    this.#cache = cache;
    this.#calls = new SharedCalls(cache, turnMs);
  }

  async ask(key: string, { signal = new AbortController().signal, beforeWaiting = patience } = {}) {
    const subjects = invalidationSubjects({ key, models: [], tags: [] });
    const found = await this.#cache.lookUp(key, subjects);
    if (found?.reply !== undefined) return { reply: found.reply };
    return await this.#calls.replyOrTurn({ key, subjects, takes: () => true, beforeWaiting, signal });
  }

  /** Ends a call as a router does. */
  async end(key: string, turn: CallTurn, outcome: CallOutcome): Promise<void> {
    const subjects = invalidationSubjects({ key, models: [], tags: [] });
    const { generations = {} } = (await this.#cache.lookUp(key, subjects)) ?? {};
    if (outcome === "kept") await this.#cache.put(key, keptReply(`reply to ${key}`, generations));
    await turn.end(outcome);
  }
}

async function startRouters(count: number, turnMs?: number): Promise<Asking[]> {
  const { connect } = await startTestReplyCache();
  const routers: Asking[] = [];
  for (let router = 0; router < count; router++) {
    routers.push(new Asking((await connect()).cache, turnMs));
  }
  return routers;
}

function turnOf(asked: Awaited<ReturnType<Asking["ask"]>>): CallTurn {
  if (asked === undefined || !("turn" in asked)) throw new Error("it is not its turn");
  return asked.turn;
}

test("of 200 requests at 4 routers at once one calls, and all others get its reply", async () => {
  const routers = await startRouters(4);
  let [calls, asking] = [0, 0];
  const bodies = await Promise.all(
    Array.from({ length: 200 }, async (_, number) => {
      const router = routers[number % routers.length] as Asking;
      asking++;
      const asked = await router.ask("hot");
      if (asked !== undefined && "reply" in asked) return asked.reply.body;
      calls++;
      await expect.poll(() => asking).toBe(200);
      await router.end("hot", turnOf(asked), "kept");
      return "called";
    }),
  );
  expect(calls).toBe(1);
  expect(bodies.filter((body) => body === "reply to hot")).toHaveLength(199);
});

test("whatever becomes of calls, no two of a key are made at once, and everybody gets a reply or calls", async () => {
  const routers = await startRouters(3);
  const random = seededRandom(20_261_127);
  const keys = ["a", "b", "c", "d"];
  const open = new Map<string, number>();
  const most = new Map<string, number>();
  const answered = { reply: 0, called: 0, failed: 0, cancelled: 0 };
  await Promise.all(
    Array.from({ length: 120 }, async () => {
      const router = routers[Math.floor(random() * routers.length)] as Asking;
      const key = keys[Math.floor(random() * keys.length)] as string;
      const [fails, callMs, patienceMs] = [random() < 0.6, random() * 20, random() * 200];
      const cancel = new AbortController();
      if (random() < 0.2)
        setTimeout(() => cancel.abort(new SluiceError("client_closed", "Gone.")), patienceMs);
      try {
        const asked = await router.ask(key, { signal: cancel.signal });
        if (asked !== undefined && "reply" in asked) {
          answered.reply++;
          return;
        }
        const turn = turnOf(asked);
        open.set(key, (open.get(key) ?? 0) + 1);
        most.set(key, Math.max(most.get(key) ?? 0, open.get(key) ?? 0));
        await sleep(callMs);
        open.set(key, (open.get(key) ?? 0) - 1);
        await router.end(key, turn, fails ? "failed" : "kept");
        answered[fails ? "failed" : "called"]++;
      } catch (error) {
        expect(SluiceError.from(error).code).toBe("client_closed");
        answered.cancelled++;
      }
    }),
  );
  const { reply, called, failed, cancelled } = answered;
  expect(reply + called + failed + cancelled).toBe(120);
  expect([...most.values()]).toEqual(keys.map(() => 1));
  expect(called).toBeLessThanOrEqual(keys.length);
});

test("a holder that dies makes room for the next, and one that lives keeps its turn", async () => {
  const { connect } = await startTestReplyCache();
  const { cache, redis } = await connect();
  // Taken by a process that says nothing more of it.
  await cache.takeTurn("lost", "nobody", 300);
  const router = new Asking(cache, 1500);
  turnOf(await router.ask("lost"));

  const held = turnOf(await router.ask("held"));
  const leftMs = (): Promise<number> => redis.pttl("sluice:cache:{held}:turn");
  let before = await leftMs();
  await expect
    .poll(
      async () => {
        const after = await leftMs();
        const isLonger = after > before;
        before = after;
        return isLonger;
      },
      { timeout: 15_000 },
    )
    .toBe(true);
  await router.end("held", held, "kept");
  expect(await leftMs()).toBe(-2);
});

test("who waits has said so before, and whoever goes away leaves the others alone", async () => {
  const [router] = (await startRouters(1)) as [Asking];
  const holding = turnOf(await router.ask("k"));
  const gone = new AbortController();
  const said: string[] = [];
  const first = router.ask("k", {
    signal: gone.signal,
    beforeWaiting: async () => void said.push("first"),
  });
  const second = router.ask("k", { beforeWaiting: async () => void said.push("second") });
  await expect.poll(() => said).toEqual(["first", "second"]);
  gone.abort(new SluiceError("client_closed", "Gone."));
  await expect(first).rejects.toMatchObject({ code: "client_closed" });
  await router.end("k", holding, "kept");
  expect(await second).toMatchObject({ reply: { body: "reply to k" } });
});

test("who may not wait goes without, and the next may call", async () => {
  const [router, other] = (await startRouters(2)) as [Asking, Asking];
  const holding = turnOf(await router.ask("k"));
  const refusal = new SluiceError("service_unavailable", "No leave.");
  const refused = other.ask("k", { beforeWaiting: () => Promise.reject(refusal) });
  await expect(refused).rejects.toBe(refusal);
  const waiting = other.ask("k");
  await router.end("k", holding, "failed");
  turnOf(await waiting);
});

test("a reply that is not to be kept is waited for by nobody more", async () => {
  const [router, other] = (await startRouters(2)) as [Asking, Asking];
  const holding = turnOf(await router.ask("large"));
  const waiting = [router.ask("large"), other.ask("large")];
  await router.end("large", holding, "not_kept");
  expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
  expect(await other.ask("large")).toBeUndefined();
});

test("when Redis goes, everybody who waits calls alone", async () => {
  const { connect, server } = await startTestReplyCache();
  const [one, two] = [new Asking((await connect()).cache), new Asking((await connect()).cache)];
  turnOf(await one.ask("k"));
  const waiting = two.ask("k");
  await server.stop();
  expect(await waiting).toBeUndefined();
});
