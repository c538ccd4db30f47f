import { describe, expect, it } from "vitest";
import { TargetLoad } from "./target-load.ts";

const stream = { stream: true, outputTokens: 100 };
const whole = { stream: false, outputTokens: 100 };

function loadAfter(isStream: boolean, ...calls: Parameters<TargetLoad["end"]>[1][]): TargetLoad {
  const load = new TargetLoad();
  for (const times of calls) {
    load.begin();
    if (times?.firstTokenMs !== undefined) load.firstToken(times.firstTokenMs, 0);
    load.end(isStream, times, 0);
  }
  return load;
}

describe("the load of a target", () => {
  it("is expected to take the time to the first token and that of all others", () => {
    const load = loadAfter(true, { firstTokenMs: 300, durationMs: 1300, outputTokens: 51 });
    expect(load.expectedMs(stream, 0)).toBe(300 + 100 * 20);
  });

  it("shows by the first token of a stream that is not over yet", () => {
    const load = new TargetLoad();
    load.begin();
    load.firstToken(300, 0);
    expect(load.expectedMs({ stream: true, outputTokens: 0 }, 0)).toBe(2 * 300);
  });

  it("is expected to take the time per token of whole replies, where it gives such", () => {
    const load = loadAfter(false, { durationMs: 1000, firstTokenMs: undefined, outputTokens: 50 });
    expect(load.expectedMs(whole, 0)).toBe(2000);
    expect(load.expectedMs(stream, 0)).toBe(0);
  });

  it("does not take the overhead of a short reply for the time of a token", () => {
    const load = loadAfter(false, { durationMs: 320, firstTokenMs: undefined, outputTokens: 1 });
    expect(load.expectedMs(whole, 0)).toBe(100 * (320 / 16));
  });

  it("goes by the whole time of replies without text", () => {
    const load = loadAfter(false, { durationMs: 40, firstTokenMs: undefined, outputTokens: 0 });
    expect(load.expectedMs({ stream: false, outputTokens: 0 }, 0)).toBe(40);
  });

  it("is expected to take as many times longer as there are calls open", () => {
    const load = loadAfter(false, { durationMs: 1000, firstTokenMs: undefined, outputTokens: 100 });
    load.begin();
    load.begin();
    expect([load.open, load.expectedMs(whole, 0)]).toEqual([2, 3000]);
  });

  it("is tried by one call at a time where nothing is known of it", () => {
    const load = new TargetLoad();
    expect(load.expectedMs(whole, 0)).toBe(0);
    load.begin();
    expect(load.expectedMs(whole, 0)).toBe(Number.MAX_SAFE_INTEGER);
    load.end(false, undefined, 0);
    expect(load.expectedMs(whole, 0)).toBe(0);
  });

  it("does not take a quick failure for speed", () => {
    const load = loadAfter(
      false,
      { durationMs: 1000, firstTokenMs: undefined, outputTokens: 100 },
      undefined,
    );
    expect(load.expectedMs(whole, 0)).toBe(1000);
  });
});
