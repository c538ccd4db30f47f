import { randomUUID } from "node:crypto";
import type { OriginEnvelope } from "@sluice/bus/pipeline-origin";
import { connectRedis, untilConnected } from "@sluice/quota/connect-redis";
import type { Quota } from "@sluice/quota/quota";
import { createRedisQuota } from "@sluice/quota/redis-quota";
import { startTestRedisServer } from "@sluice/servers/testing/test-servers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keys, type RouterBench, startRouterBench } from "../testing/router-bench.ts";

const configuration = `
backends: { openai: { provider: openai, baseUrl: $SIMULATOR/v1 } }
models: [{ name: gpt-*, backend: openai }]
`;
const resources = `
apiVersion: sluice.dev/v1
kind: Workflow
metadata: { name: echo }
spec:
  steps: [{ name: only, model: gpt-4o, messages: [{ from: input }] }]
---
apiVersion: sluice.dev/v1
kind: ExternalService
metadata: { name: simulator }
spec: { hosts: [127.0.0.1], ports: [{ number: $SIMULATOR_PORT, protocol: HTTP }] }
---
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: on }
spec: { routes: [{ name: as-it-is, destination: { externalService: { name: simulator } } }] }
`;
const day = { window: { kind: "calendar", limit: 300, period: "month" } } as const;

let bench: RouterBench;
let server: Awaited<ReturnType<typeof startTestRedisServer>>;
let redis: ReturnType<typeof connectRedis>;
let quota: Quota;
beforeAll(async () => {
  server = await startTestRedisServer();
  redis = connectRedis({ url: server.url, name: "test" });
  await untilConnected(redis, 15_000);
  quota = createRedisQuota({ redis, timeoutMs: 10_000 });
  bench = await startRouterBench({ configuration, resources });
  await bench.startRouter({ ...keys, REDIS_URL: server.url });
});
afterAll(async () => {
  await bench.stop();
  redis.disconnect();
  await server.stop();
});

/** Output tokens that are left of a limit. */
async function left(id: string): Promise<number | undefined> {
  const probe = { id, scope: "all", unit: "output_tokens", amount: 0, policy: day } as const;
  const reservationId = randomUUID();
  const outcome = await quota.reserve({ partition: "p", reservationId, limits: [probe], ttlMs: 1000 });
  return outcome.limits[0]?.remaining;
}

test.each<[what: string, facts: Partial<OriginEnvelope>]>([
  ["of a model", { model: "gpt-4o", stream: true }],
  ["of a workflow's answer", { model: "echo", stream: true }],
  [
    "that is forwarded",
    {
      model: "",
      operation: "http",
      route: "on/as-it-is",
      forwarded: {
        method: "POST",
        path: "/v1/chat/completions",
        headers: { "content-type": "application/json", authorization: `Bearer ${keys.OPENAI_API_KEY}` },
      },
    },
  ],
])("a stream %s is cut off at its limit, and what it used is settled", async (what, facts) => {
  const limit = { id: what, scope: "all", unit: "output_tokens", amount: 100, policy: day } as const;
  const reservation = { partition: "p", reservationId: what, limits: [limit], ttlMs: 60_000 };
  const outcome = await quota.reserve(reservation);
  const content = "Count. [[sim chunks=2000]]";
  const body = { model: facts.model || "gpt-4o", stream: true, messages: [{ role: "user", content }] };
  const text = outcome.granted ? outcome.reservation : "";
  const room = { outputTokens: 100, failure: "closed" } as const;
  const answer = await bench.send({ ...facts, reservation: text, room }, body).answer;
  expect(answer.head?.status).toBe(200);
  expect(answer.end).toBeUndefined();
  expect(answer.error?.code).toBe("rate_limited");
  expect(answer.error?.message).toContain(`The reply was cut off: the limit ${what} is reached.`);
  // The first count loads the tokenizer, which takes a while on a loaded machine.
  const settled = () => bench.allEvents().findLast((event) => event.type === "settled");
  await expect.poll(settled, { timeout: 45_000 }).toMatchObject({ outcome: "cancelled" });
  // As soon as it is settled, no more is held than was used.
  await expect
    .poll(() => quota.extend(text, 1), { timeout: 45_000 })
    .toMatchObject({
      result: "already_settled",
    });
  expect(await left(what)).toBeLessThan(150);
});
