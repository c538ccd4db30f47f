import { consumeEvents } from "@sluice/bus/event-consumer";
import { type DecisionEvent, decisionEventBatchSchema } from "@sluice/contracts/decision-event";
import { startTestRedisServer } from "@sluice/servers/testing/test-servers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type AuthBench, startAuthBench } from "../testing/auth-bench.ts";

/** The change of the configuration or the loss of a server takes its time to be known. */
const arrives = { timeout: 15_000, interval: 50 };

const configuration = `
backends: { house: { provider: openai } }
models:
  - { name: warned, backend: house, limits: [{ name: few, requests: 4, interval: 1d, warnAt: 0.5 }] }
  - { name: tried, backend: house, limits: [{ name: trial, requests: 1, interval: 1d, mode: shadow }] }
  - { name: closed, backend: house, limits: [{ requests: 9, interval: 1d }] }
  - { name: open, backend: house, limits: [{ requests: 2, interval: 1d, failure: open }] }
  - { name: free, backend: house }
`;

let bench: AuthBench;
let redis: Awaited<ReturnType<typeof startTestRedisServer>>;
let secret: string;
const decisions: DecisionEvent[] = [];
beforeAll(async () => {
  redis = await startTestRedisServer();
  bench = await startAuthBench({ guard: false });
  await consumeEvents(await bench.testBus.connect("ledger"), {
    handler: (batch) => {
      for (const { data } of batch) {
        decisions.push(...decisionEventBatchSchema.parse(JSON.parse(Buffer.from(data).toString())).events);
      }
      return Promise.resolve();
    },
  });
  await bench.applyConfiguration(configuration);
  await bench.startReplica(redis.url);
  ({ secret } = await bench.keys.create({ name: "test" }));
  await vi.waitFor(async () => expect((await ask("free")).passedTo?.service).toBe("router"), arrives);
});
afterAll(async () => {
  await bench.stop();
  await redis.stop();
});

const ask = (model: string) => bench.send({ model, credential: secret });

test("near its end a limit warns in a header of each reply and in one event, and at its end it refuses", async () => {
  const warnings = [];
  for (let each = 0; each < 4; each++) {
    const { head, passedTo } = await ask("warned");
    expect(passedTo?.envelope.reservation).toContain("sluice-yaml.limits.warned");
    expect(head?.headers).toMatchObject({
      "x-ratelimit-limit-requests": "4",
      "x-ratelimit-remaining-requests": String(3 - each),
    });
    warnings.push(head?.headers["x-sluice-limit-warning"]);
  }
  const name = "sluice-yaml.limits.warned/few";
  expect(warnings).toEqual([undefined, `${name}=0.5`, `${name}=0.75`, `${name}=1`]);
  const { error } = await ask("warned");
  expect(error).toMatchObject({ code: "rate_limited", headers: { "x-ratelimit-remaining-requests": "0" } });
  const policies = () => decisions.map(({ decision: { policy, rule, action } }) => [policy, rule, action]);
  await expect.poll(policies, arrives).toEqual([[name, "near_limit", "audited"]]);
});

test("a shadow limit lets all pass, says nothing to the client, and says in an event what it would have refused", async () => {
  const answers = [await ask("tried"), await ask("tried"), await ask("tried")];
  expect(answers.map(({ passedTo }) => passedTo?.envelope.limitHeaders)).toEqual([{}, {}, {}]);
  await expect
    .poll(() => decisions.at(-1)?.decision, arrives)
    .toMatchObject({
      policy: "sluice-yaml.limits.tried/trial",
      rule: "would_refuse",
    });
});

test("a request without limits carries nothing of them", async () => {
  const { passedTo } = await ask("free");
  expect(passedTo?.envelope).not.toHaveProperty("limitHeaders");
  expect(passedTo?.envelope).not.toHaveProperty("reservation");
});

test("without Redis closed limits refuse, shadow limits let pass and open ones are counted here; all go back to it by themselves", async () => {
  expect((await ask("open")).passedTo?.envelope.reservation).toBeDefined();
  await redis.stop();
  await expect.poll(async () => (await ask("closed")).error?.code, arrives).toBe("service_unavailable");
  expect((await ask("tried")).passedTo?.service).toBe("router");
  const alone = [await ask("open"), await ask("open"), await ask("open")];
  expect(alone.map(({ passedTo, error }) => error?.code ?? passedTo?.envelope.reservation)).toEqual([
    undefined,
    undefined,
    "rate_limited",
  ]);
  redis = await startTestRedisServer({ port: redis.port, password: redis.password });
  await expect.poll(async () => (await ask("closed")).passedTo?.service, arrives).toBe("router");
  expect((await ask("open")).passedTo?.envelope.reservation).toBeDefined();
});
