import { describe, expect, it } from "vitest";
import { PeakAverage } from "./peak-average.ts";

describe("a peak average", () => {
  it("knows nothing before it has seen anything", () => {
    expect(new PeakAverage().at(5)).toBeUndefined();
  });

  it("takes what is longer at once", () => {
    const average = new PeakAverage(1000);
    average.observe(100, 0);
    average.observe(900, 1);
    expect(average.at(1)).toBe(900);
  });

  it("comes down to what is shorter by the time that has gone by", () => {
    const average = new PeakAverage(1000);
    average.observe(900, 0);
    average.observe(100, 1000);
    expect(average.at(1000)).toBeCloseTo(100 + 800 / Math.E);
    for (let second = 2; second < 20; second++) average.observe(100, second * 1000);
    expect(average.at(19_000)).toBeCloseTo(100, 3);
  });

  it("forgets what nobody has looked at", () => {
    const average = new PeakAverage(1000);
    average.observe(900, 0);
    expect(average.at(1000)).toBeCloseTo(900 / Math.E);
    expect(average.at(60_000)).toBeLessThan(1e-6);
  });
});
