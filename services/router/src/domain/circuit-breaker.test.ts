import { describe, expect, it } from "vitest";
import { CircuitBreaker } from "./circuit-breaker.ts";

const policy = { failures: 3, failureRatio: 0.5, openMs: 1000, maxOpenMs: 4000 };

function breaker() {
  const clock = { nowMs: 50 };
  return { clock, target: new CircuitBreaker(policy, () => clock.nowMs) };
}

function failUntilOpen(target: CircuitBreaker): void {
  for (let failure = 0; failure < policy.failures; failure++) target.failed();
}

describe("a circuit breaker", () => {
  it("opens after failures in a row, and not after as many with an answer in between", () => {
    const { target } = breaker();
    expect([target.failed(), target.failed()]).toEqual([undefined, undefined]);
    target.succeeded();
    expect([target.failed(), target.failed(), target.closed]).toEqual([undefined, undefined, true]);
    expect(target.failed()).toBe(1000);
    expect([target.closed, target.mayPass()]).toEqual([false, false]);
  });

  it("opens when half of the last 20 calls have failed, in a row or not", () => {
    const { target } = breaker();
    const call = (fails: boolean) => (fails ? target.failed() : target.succeeded());
    const outcomes = Array.from({ length: 19 }, (_value, index) => call(index % 2 === 1));
    expect(outcomes).not.toContain(1000);
    expect([target.closed, target.untouched]).toEqual([true, false]);
    expect([call(true), target.closed]).toEqual([1000, false]);
  });

  it("holds nothing against a target whose last 20 calls were answered", () => {
    const { target } = breaker();
    target.failed();
    for (let answer = 0; answer < 19; answer++) target.succeeded();
    expect(target.untouched).toBe(false);
    target.succeeded();
    expect(target.untouched).toBe(true);
  });

  it("opens at once for as long as the target asks for, up to a limit", () => {
    expect(breaker().target.failed(2500)).toBe(2500);
    expect(breaker().target.failed(60_000)).toBe(4000);
  });

  it("lets one call try the target when its time is over, and another one where nothing came of that", () => {
    const { clock, target } = breaker();
    failUntilOpen(target);
    clock.nowMs += 999;
    expect(target.mayPass()).toBe(false);
    clock.nowMs += 1;
    expect([target.mayPass(), target.mayPass()]).toEqual([true, false]);
    clock.nowMs += 30_000;
    expect([target.mayPass(), target.mayPass()]).toEqual([true, false]);
    target.released();
    expect(target.mayPass()).toBe(true);
  });

  it("closes with the call that tries it, and is as it was at the beginning", () => {
    const { clock, target } = breaker();
    failUntilOpen(target);
    clock.nowMs += 1000;
    target.mayPass();
    expect([target.succeeded(), target.closed, target.untouched]).toEqual([true, true, true]);
    expect([target.failed(), target.failed(), target.failed()]).toEqual([undefined, undefined, 1000]);
  });

  it("stays open for twice as long each time that the call fails", () => {
    const { clock, target } = breaker();
    failUntilOpen(target);
    const times = [1000, 2000, 4000, 4000].map((waitMs) => {
      clock.nowMs += waitMs;
      expect(target.mayPass()).toBe(true);
      return target.failed();
    });
    expect(times).toEqual([2000, 4000, 4000, 4000]);
  });

  it("takes no notice of what comes of earlier calls while it is open", () => {
    const { clock, target } = breaker();
    failUntilOpen(target);
    clock.nowMs += 500;
    expect([target.failed(), target.succeeded()]).toEqual([undefined, false]);
    clock.nowMs += 500;
    expect(target.mayPass()).toBe(true);
  });
});
