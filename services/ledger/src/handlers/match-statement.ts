import { setImmediate as nextTurn } from "node:timers/promises";
import { type CallKey, parseCallId } from "@sluice/contracts/call-id";
import type { Kysely } from "kysely";
import { matchByKey, matchByProviderId, type RowMatch } from "../adapters/statement-store.ts";
import type { LedgerTables } from "../adapters/tables.ts";
import { keyText } from "../domain/entry.ts";
import { addBilled, billedOf } from "../domain/judge-call.ts";
import type { BilledUsage, Reconciliation, Statement, StatementRow } from "../domain/statement.ts";

/** A call of the ledger with what a statement says of it. */
export interface BilledCall {
  key: CallKey;
  billed: BilledUsage;
  providerRequestId: string | undefined;
}

export interface MatchedStatement {
  /** By the text of their keys. */
  calls: Map<string, BilledCall>;
  /** Rows that the ledger has no call for. */
  unknown: Reconciliation["examples"]["unknown"];
}

/** Rows that are looked up at once. */
const rowsOfPage = 5_000;

/**
 * Finds the call of each row: by Sluice's own name of it, which the provider was told, else by the provider's id.
 * An id that several calls have says nothing. Rows of one call are added up.
 */
export async function matchStatement(
  database: Kysely<LedgerTables>,
  statement: Statement,
): Promise<MatchedStatement> {
  const matched: MatchedStatement = { calls: new Map(), unknown: [] };
  for (let first = 0; first < statement.rows.length; first += rowsOfPage) {
    await nextTurn();
    const rows = statement.rows.slice(first, first + rowsOfPage);
    const keys = await keysOfRows(database, statement, rows);
    rows.forEach((row, number) => {
      const key = keys.get(number);
      if (key === undefined) matched.unknown.push(unknownRow(row));
      else addRow(matched.calls, key, row);
    });
  }
  return matched;
}

async function keysOfRows(
  database: Kysely<LedgerTables>,
  statement: Statement,
  rows: readonly StatementRow[],
): Promise<Map<number, CallKey>> {
  const named = rows.flatMap(({ clientRequestId }, number) => {
    const key = clientRequestId === undefined ? undefined : parseCallId(clientRequestId);
    return key === undefined ? [] : [{ number, key }];
  });
  const keys = onlyOnes(await matchByKey(database, statement, named));
  const others = rows.flatMap(({ providerRequestId }, number) =>
    keys.has(number) || providerRequestId === undefined ? [] : [{ number, providerRequestId }],
  );
  const found = onlyOnes(await matchByProviderId(database, statement, others));
  for (const [number, key] of found) keys.set(number, key);
  return keys;
}

function onlyOnes(matches: readonly RowMatch[]): Map<number, CallKey> {
  const keys = new Map<number, CallKey>();
  const ambiguous = new Set<number>();
  for (const { number, key } of matches) {
    if (keys.has(number)) ambiguous.add(number);
    keys.set(number, key);
  }
  for (const number of ambiguous) keys.delete(number);
  return keys;
}

function addRow(calls: Map<string, BilledCall>, key: CallKey, row: StatementRow): void {
  const text = keyText(key);
  const known = calls.get(text);
  calls.set(text, {
    key,
    billed: known === undefined ? billedOf(row) : addBilled(known.billed, row),
    providerRequestId: known?.providerRequestId ?? row.providerRequestId,
  });
}

function unknownRow(row: StatementRow): MatchedStatement["unknown"][number] {
  return {
    clientRequestId: row.clientRequestId ?? null,
    providerRequestId: row.providerRequestId ?? null,
    ...billedOf(row),
  };
}
