import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { Bus } from "@sluice/bus/bus";
import { readEventLag } from "@sluice/bus/event-lag";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { noUsage } from "@sluice/contracts/usage";
import type { Kysely } from "kysely";
import { EntryStore } from "../adapters/entry-store.ts";
import { findUnconfirmed } from "../adapters/statement-store.ts";
import type { LedgerTables } from "../adapters/tables.ts";
import { type Entry, keyText } from "../domain/entry.ts";
import { correctionEvent, judgeAbsent, judgeCall, usageBilled } from "../domain/judge-call.ts";
import type { Reconciliation, Statement } from "../domain/statement.ts";
import { type BilledCall, type MatchedStatement, matchStatement } from "./match-statement.ts";
import { CorrectionPublisher } from "./publish-corrections.ts";

export interface ReconcileOptions {
  database: Kysely<LedgerTables>;
  bus: Bus;
  /** How far the clocks of two machines may be apart. */
  clockDifferenceMs: number;
}

/** Calls that are looked at at once. */
const callsOfPage = 1_000;
const mostExamples = 100;
/** How long the ledger may take to book what the stream has by now. */
const catchUpMs = 15_000;
const catchUpPauseMs = 100;

/**
 * Compares a statement of a provider with the ledger, and corrects the ledger by events, so that a rebuild has the
 * corrections too. They are booked as all events are, a moment later.
 *
 * @returns what became of the rows, once the stream has the corrections
 * @throws SluiceError `ledger_unavailable` when the ledger is too far behind the stream to be compared, or the
 *   stream does not take the corrections; a part of them may be in it then, and the statement is to be handed in again
 */
export async function reconcile(statement: Statement, options: ReconcileOptions): Promise<Reconciliation> {
  const { database, bus } = options;
  await catchUp(bus);
  const matched = await matchStatement(database, statement);
  const run = new ReconciliationRun(statement, matched, options);
  await run.correctMatched();
  await run.correctAbsent();
  return await run.finish();
}

/** What is in the stream and not in the tables yet would be taken for missing, or be corrected a second time. */
async function catchUp(bus: Bus): Promise<void> {
  const { lastSequence } = await readEventLag(bus);
  const giveUpAtMs = performance.now() + catchUpMs;
  while ((await readEventLag(bus)).bookedSequence < lastSequence) {
    if (performance.now() > giveUpAtMs) {
      throw new SluiceError("ledger_unavailable", "The ledger is behind its events; try again later.", {
        retryAfterMs: catchUpMs,
      });
    }
    await sleep(catchUpPauseMs);
  }
}

class ReconciliationRun {
  readonly #statement: Statement;
  readonly #matched: MatchedStatement;
  readonly #options: ReconcileOptions;
  readonly #publisher: CorrectionPublisher;
  readonly #result: Reconciliation;

  constructor(statement: Statement, matched: MatchedStatement, options: ReconcileOptions) {
    this.#statement = statement;
    this.#matched = matched;
    this.#options = options;
    this.#publisher = new CorrectionPublisher(options.bus, statement.dryRun);
    this.#result = {
      statement: statement.statement,
      dryRun: statement.dryRun,
      matched: matched.calls.size,
      equal: 0,
      corrected: 0,
      differing: 0,
      notBilled: 0,
      nearEdge: 0,
      open: 0,
      unknown: matched.unknown.length,
      examples: { differing: [], unknown: matched.unknown.slice(0, mostExamples) },
    };
  }

  async correctMatched(): Promise<void> {
    const store = new EntryStore(this.#options.database);
    const calls = [...this.#matched.calls.values()];
    for (let first = 0; first < calls.length; first += callsOfPage) {
      await nextTurn();
      const entries = await store.findByKeys(calls.slice(first, first + callsOfPage).map(({ key }) => key));
      for (const entry of entries) {
        const call = this.#matched.calls.get(keyText(entry.key));
        if (call !== undefined) await this.#judge(entry, call);
      }
    }
  }

  /** Calls of the time that the statement is complete for, and that it does not have. */
  async correctAbsent(): Promise<void> {
    const { from, to } = this.#statement;
    if (from === undefined || to === undefined) return;
    const period = { fromMs: Date.parse(from), toMs: Date.parse(to) };
    let page: Entry[] = [];
    do {
      await nextTurn();
      const after = page.at(-1)?.key;
      page = await findUnconfirmed(this.#options.database, this.#statement, period, callsOfPage, after);
      for (const entry of page) {
        if (!this.#matched.calls.has(keyText(entry.key))) await this.#judgeAbsent(entry, period);
      }
    } while (page.length === callsOfPage);
  }

  async finish(): Promise<Reconciliation> {
    await this.#publisher.finish();
    return this.#result;
  }

  async #judge(entry: Entry, { billed, providerRequestId }: BilledCall): Promise<void> {
    const verdict = judgeCall(entry, billed, this.#statement.overwrite);
    this.#result[verdict] += 1;
    if (verdict === "corrected") {
      await this.#correct({ entry, usage: usageBilled(billed, entry.usage), providerRequestId });
    }
    const { differing } = this.#result.examples;
    if (verdict === "differing" && differing.length < mostExamples) {
      const { usage, usageSource } = entry;
      const told = { usageSource: usageSource ?? null, ledger: usage ?? null, statement: billed };
      differing.push({ ...entry.key, ...told });
    }
  }

  async #judgeAbsent(entry: Entry, period: { fromMs: number; toMs: number }): Promise<void> {
    switch (judgeAbsent(entry, period, this.#options.clockDifferenceMs)) {
      case "open":
        this.#result.open += 1;
        break;
      case "near_edge":
        this.#result.nearEdge += 1;
        break;
      case "not_billed":
        this.#result.notBilled += 1;
        await this.#correct({ entry, usage: noUsage });
        break;
      case "settled":
        break;
    }
  }

  async #correct(correction: {
    entry: Entry;
    usage: typeof noUsage;
    providerRequestId?: string | undefined;
  }): Promise<void> {
    const { statement } = this.#statement;
    await this.#publisher.add(correctionEvent({ ...correction, statement }, Date.now()));
  }
}
