import { expect, test } from "vitest";
import { parseMachineCpuMs } from "./machine-cpu.ts";

test("the machine's CPU time is all that is not waiting", () => {
  const text = "cpu  100 10 50 9000 800 1 2 3 77 0\ncpu0 1 2 3 4 5 6 7 8 9 0\n";
  expect(parseMachineCpuMs(text)).toBe(1660);
});
