import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { startTestRedisServer } from "@sluice/servers/testing/test-servers";
import { expect, onTestFinished, test } from "vitest";
import { connectRedis, untilConnected } from "./connect-redis.ts";
import { createRedisQuota } from "./redis-quota.ts";
import { asks, callLimit, tokenLimit } from "./testing/test-limits.ts";
import { startTestQuota } from "./testing/test-quota.ts";

const aMonth = { window: { kind: "calendar", limit: 1_000_000, period: "month" } } as const;

test("calls reject while Redis is dead, and go on with what was counted once it is back", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "sluice-quota-"));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const first = await startTestRedisServer({ dataDir });
  onTestFinished(() => first.stop());
  const changes: string[] = [];
  const redis = connectRedis({ url: first.url, name: "test", onChange: (state) => changes.push(state) });
  onTestFinished(() => redis.disconnect());
  await untilConnected(redis, 15_000);
  const quota = createRedisQuota({ redis, timeoutMs: 10_000 });
  const open = await quota.reserve(asks("before", [tokenLimit(400_000, aMonth), callLimit(2)]));
  const reservation = open.granted ? open.reservation : "";

  // Calls are on their way when it dies: each has its answer or rejects, and none waits for the server to come back.
  const underWay = Array.from({ length: 200 }, (_, number) =>
    quota.reserve(asks(`under-way-${number}`, [tokenLimit(1, aMonth)])),
  );
  const settled = Promise.allSettled(underWay);
  process.kill(first.pid, "SIGKILL");
  await first.ended;
  const rejected = (await settled).filter((outcome) => outcome.status === "rejected");
  for (const { reason } of rejected) expect(reason).toMatchObject({ code: "service_unavailable" });
  await expect.poll(() => changes).toEqual(["connected", "lost"]);
  await expect(quota.settle(reservation, {})).rejects.toMatchObject({ code: "service_unavailable" });

  const second = await startTestRedisServer({ dataDir, port: first.port, password: first.password });
  onTestFinished(() => second.stop());
  await expect.poll(() => changes).toEqual(["connected", "lost", "connected"]);
  // What the server may have written of them: all that were answered, and no more than were asked.
  const granted = 200 - rejected.length;
  expect(await quota.settle(reservation, { total_tokens: 300_000 })).toMatchObject({ result: "settled" });
  const after = await quota.reserve(asks("after", [tokenLimit(0, aMonth), callLimit(2)]));
  const used = 1_000_000 - 300_000 - (after.limits[0]?.remaining ?? 0);
  expect(used).toBeGreaterThanOrEqual(granted);
  expect(used).toBeLessThanOrEqual(200);
  expect(after.limits[1]?.remaining).toBe(1);
});

test("calls reject in their time while Redis stands still, and at once when too many wait already", async () => {
  const { server, quota } = await startTestQuota({ maxUnanswered: 3 });
  await quota.reserve(asks("warm", [callLimit(5)]));
  process.kill(server.pid, "SIGSTOP");
  onTestFinished(() => {
    process.kill(server.pid, "SIGCONT");
  });
  const calls = ["one", "two", "three"].map((name) =>
    quota.reserve(asks(name, [callLimit(5)]), { timeoutMs: 50 }),
  );
  const outcomes = await Promise.allSettled(calls);
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "service_unavailable" } });
  const refused = await quota.reserve(asks("four", [callLimit(5)])).catch((error: unknown) => error);
  expect(SluiceError.from(refused).cause).toMatchObject({
    message: expect.stringContaining("too many calls"),
  });
  process.kill(server.pid, "SIGCONT");
  // The three were carried out in the end, and a caller who asks again learns that he has his place.
  await expect
    .poll(async () => {
      const outcome = await quota.reserve(asks("one", [callLimit(5)])).catch(() => undefined);
      return outcome?.granted;
    })
    .toBe(true);
});

test("a connection that hears nothing while calls wait is made anew", async () => {
  const { server } = await startTestQuota();
  const changes: string[] = [];
  const redis = connectRedis({
    url: server.url,
    name: "test",
    silenceMs: 100,
    onChange: (state) => changes.push(state),
  });
  onTestFinished(() => redis.disconnect());
  await untilConnected(redis, 15_000);
  process.kill(server.pid, "SIGSTOP");
  onTestFinished(() => {
    process.kill(server.pid, "SIGCONT");
  });
  const quota = createRedisQuota({ redis });
  await expect(quota.reserve(asks("silent", [callLimit(5)]))).rejects.toMatchObject({
    code: "service_unavailable",
  });
  await expect.poll(() => changes).toContain("lost");
  process.kill(server.pid, "SIGCONT");
  await expect.poll(() => changes.at(-1)).toBe("connected");
  expect(await quota.reserve(asks("again", [callLimit(5)]), { timeoutMs: 10_000 })).toMatchObject({
    granted: true,
  });
});

test("a wrong password is told without the password", async () => {
  const { server } = await startTestQuota();
  const reasons: (string | undefined)[] = [];
  const redis = connectRedis({
    url: `redis://:not-the-password@127.0.0.1:${server.port}`,
    name: "test",
    onChange: (_state, reason) => reasons.push(reason),
  });
  onTestFinished(() => redis.disconnect());
  await expect.poll(() => reasons.join()).toMatch(/WRONGPASS/);
  const failure = SluiceError.from(await untilConnected(redis, 1).catch((error: unknown) => error));
  expect(failure.code).toBe("service_unavailable");
  const answer = await createRedisQuota({ redis })
    .reserve(asks("refused", [callLimit(1)]))
    .catch((error: unknown) => error);
  expect(SluiceError.from(answer).code).toBe("service_unavailable");
  expect(inspect([failure, answer, reasons], { depth: 9 })).not.toContain("not-the-password");
});
