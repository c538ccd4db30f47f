import { expect } from "vitest";
import type { Fault, FaultRow } from "./run-fault.ts";

/** Expects of a row what is promised whatever fails. */
export function expectKept(fault: Fault, row: FaultRow): void {
  const { hung, unclear, paidTwice, ledgerMinusBill, differing, openInTheEnd } = row;
  expect({ hung, unclear, paidTwice, ledgerMinusBill, differing, openInTheEnd }).toEqual({
    hung: 0,
    unclear: {},
    paidTwice: 0,
    ledgerMinusBill: 0,
    differing: [],
    openInTheEnd: 0,
  });
  if (fault.cutsConnections !== true) expect(row.disconnected).toEqual({});
  if (fault.losesNothing === true) expect(row.failed).toEqual({});
  // A load that nobody answered would keep all of it.
  expect(row.answered).toBeGreaterThan(row.requests / 5);
}

/** Expects of a rebuild that it changed nothing. */
export function expectSameRows(rebuilt: { rows: number; onlyBefore: string[]; onlyAfter: string[] }): void {
  const { rows, onlyBefore, onlyAfter } = rebuilt;
  expect(rows).toBeGreaterThan(0);
  // A few tell what is wrong; all of them may be too many to be shown.
  expect({ onlyBefore: onlyBefore.slice(0, 3), onlyAfter: onlyAfter.slice(0, 3) }).toEqual({
    onlyBefore: [],
    onlyAfter: [],
  });
}
