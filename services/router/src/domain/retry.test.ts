import { SluiceError } from "@sluice/contracts/sluice-error";
import { describe, expect, it } from "vitest";
import { retryDelayMs } from "./retry.ts";

const policy = { attempts: 3, baseDelayMs: 100, maxDelayMs: 5000 };
const overloadedFor = (retryAfterMs?: number) =>
  new SluiceError("provider_rate_limited", "slow", { retryAfterMs });

describe("a call that failed", () => {
  it("is made again with growing, jittered pauses until the attempts are used up", () => {
    const delays = [1, 2, 3].map((attempt) => retryDelayMs(overloadedFor(), attempt, policy, 60_000, 0.5));
    expect(delays).toEqual([50, 100, undefined]);
  });

  it("is made again after the provider's Retry-After", () => {
    expect(retryDelayMs(overloadedFor(2000), 1, policy, 60_000, 0.5)).toBe(2000);
  });

  it("is not made again when the provider wants a longer pause than the policy or the request has", () => {
    expect(retryDelayMs(overloadedFor(6000), 1, policy, 60_000, 0.5)).toBeUndefined();
    expect(retryDelayMs(overloadedFor(2000), 1, policy, 1500, 0.5)).toBeUndefined();
  });

  it.each(["provider_stream_cut", "provider_timeout", "provider_rejected", "provider_credential"] as const)(
    "is not made again after %s, which may have been billed or will not change",
    (code) => {
      expect(retryDelayMs(new SluiceError(code, ""), 1, policy, 60_000, 0.5)).toBeUndefined();
    },
  );
});
