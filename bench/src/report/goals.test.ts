import { expect, test } from "vitest";
import { allMeasurements } from "../measurements/all-measurements.ts";
import { isTargetName } from "../targets/target-name.ts";
import { type Goal, goalResults, goals } from "./goals.ts";

const goal: Goal = { title: "", figure: "f", of: "mesh", against: "portkey", want: "least", ratio: 2 };

test.each([
  ["least", [8, 10, 12], [5], 2, true],
  ["least", [9], [5], 1.8, false],
  ["most", [9], [5], 1.8, true],
  ["most", [11], [5], 2.2, false],
] as const)("at %s 2×: %j against %j is %d×, met: %s", (want, of, against, reached, isMet) => {
  const samples = { mesh: { f: [...of] }, portkey: { f: [...against] } };
  expect(goalResults(samples, [{ ...goal, want }])).toEqual([{ ...goal, want, reached, isMet }]);
});

test.each([
  ["a target was not measured", { mesh: { f: [1] } }],
  ["noise went below 0", { mesh: { f: [1] }, portkey: { f: [-0.1] } }],
])("there is no ratio when %s", (_, samples) => {
  expect(goalResults(samples, [goal])[0]).toMatchObject({ reached: undefined, isMet: undefined });
});

test("every goal is about a target and a figure that there are", () => {
  const keys = Object.values(allMeasurements).flatMap(({ figures }) => figures.map(({ key }) => key));
  for (const { figure, of, against } of goals) {
    expect(keys).toContain(figure);
    expect([of, against].every(isTargetName)).toBe(true);
  }
});
