import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import type { ErrorCode } from "@sluice/contracts/error-code";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { defaultBreaker } from "@sluice/resources/breaker";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TargetHealth } from "./target-health.ts";

let testBus: TestBus;
beforeAll(async () => {
  testBus = await startTestBus();
});
afterAll(() => testBus.stop());

const target = { backendName: "openai", providerModel: "gpt-5" };
const failures = 5;

async function healthAfter(...codes: ErrorCode[]): Promise<TargetHealth> {
  const health = new TargetHealth(await testBus.connect("router"), { isWell: (name) => name !== "unwell" });
  for (const code of codes) health.failed(target, defaultBreaker, new SluiceError(code, ""));
  return health;
}

test("a target that fails again and again is left alone", async () => {
  const health = await healthAfter(...Array<ErrorCode>(failures).fill("provider_error"));
  expect([health.isClosed(target), health.mayPass(target)]).toEqual([false, false]);
  expect(health.isClosed({ ...target, providerModel: "gpt-4" })).toBe(true);
});

test.each(["provider_rejected", "provider_context_exceeded", "provider_content_refused"] as const)(
  "one that refuses a request with %s in between is well",
  async (refusal) => {
    const some = Array<ErrorCode>(failures - 1).fill("provider_timeout");
    const health = await healthAfter(...some, refusal, ...some);
    expect(health.isClosed(target)).toBe(true);
  },
);

test.each(["client_closed", "deadline_exceeded", "internal"] as const)(
  "%s says nothing of a target",
  async (code) => {
    const some = Array<ErrorCode>(failures - 1).fill("provider_timeout");
    const health = await healthAfter(...some, code, "provider_timeout");
    expect(health.isClosed(target)).toBe(false);
  },
);

test("one whose backend does not pass its health check is left alone, and not tried", async () => {
  const health = await healthAfter();
  const unwell = { ...target, backendName: "unwell" };
  expect([health.isClosed(unwell), health.mayPass(unwell)]).toEqual([false, false]);
  expect([health.isClosed(target), health.mayPass(target)]).toEqual([true, true]);
});
