import type { StepDelivery } from "@sluice/bus/pipeline-step";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GuardBench, outcomeOf, startGuardBench } from "./testing/guard-bench.ts";

const configuration = `
backends: { house: { provider: openai } }
models: [{ name: guarded, backend: house, guardPolicies: [masks] }]
guardPolicies: { masks: { reply: [{ detector: email, action: mask }] } }
`;
const event = (content: string): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;

let bench: GuardBench;
beforeEach(async () => {
  bench = await startGuardBench(configuration);
});
afterEach(() => bench.stop());

/** Starts a streamed reply; once its head is here, the router goes on with `rest`. */
async function openStream(rest: (delivery: StepDelivery) => Promise<void>) {
  bench.respond = async (delivery) => {
    const reply = delivery.reply();
    reply.head({ status: 200, headers: { "content-type": "text/event-stream" } });
    await reply.data(Buffer.from(event("to alice@example.com and ")));
    await rest(delivery);
  };
  const { reply } = bench.send({ facts: { model: "guarded", stream: true } });
  const frames = reply[Symbol.asyncIterator]();
  const first = await frames.next();
  expect(first.value?.type).toBe("head");
  return { outcome: outcomeOf({ [Symbol.asyncIterator]: () => frames, cancel: () => reply.cancel() }) };
}

describe("a guard that is stopped", () => {
  it("stays on the way of the replies that it inspects until they end", async () => {
    const finish = Promise.withResolvers<void>();
    const { outcome } = await openStream(async (delivery) => {
      await finish.promise;
      await delivery.reply().data(Buffer.from(event("bob@example.com")));
      delivery.reply().end({});
    });
    const stopping = bench.guard.stop(60_000);
    finish.resolve();
    const { ended, body } = await outcome;
    await stopping;
    expect(ended).toBe(true);
    expect(body.toString()).toBe(event("to [EMAIL] and ") + event("[EMAIL]"));
  });

  it("breaks off a reply that takes longer, tells its client, and stops the router", async () => {
    const told = Promise.withResolvers<unknown>();
    const { outcome } = await openStream(async ({ signal }) => {
      signal.addEventListener("abort", () => told.resolve(signal.reason), { once: true });
      await told.promise;
    });
    await bench.guard.stop(50);
    const { error, ended } = await outcome;
    expect(ended).toBe(false);
    expect(error?.toReport()).toEqual({
      code: "holder_lost",
      message: "The part of the gateway that held the request was stopped.",
    });
    expect(await told.promise).toMatchObject({ code: "client_closed" });
  });
});
