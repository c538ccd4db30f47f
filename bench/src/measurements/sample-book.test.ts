import { expect, test } from "vitest";
import type { Figure } from "./measurement.ts";
import { SampleBook } from "./sample-book.ts";

const figures: Figure[] = [
  { key: "perSecond", title: "", unit: "", digits: 0 },
  { key: "addedMs", title: "", unit: "", digits: 0, isAdded: true },
];

test("what a target adds is taken from the base of the same round", () => {
  const book = new SampleBook();
  book.add("mesh", figures, { values: { perSecond: 7, addedMs: 5 } }, { values: { addedMs: 2 } });
  book.add("mesh", figures, { values: { perSecond: 8, addedMs: 9 } }, { values: { addedMs: 1 } });
  expect(book.samples.mesh).toEqual({ perSecond: [7, 8], addedMs: [3, 8] });
});

test("CPU is kept in microseconds and memory in mebibytes, by service", () => {
  const round = { values: {}, cpuMsPerRequest: { router: 0.25 }, residentBytes: { router: 2 ** 20 } };
  const book = new SampleBook();
  book.add("mesh", figures, round, undefined);
  expect(book.samples.mesh).toEqual({ "cpu.router": [250], "memory.router": [1] });
});
