import { z } from "zod";
import { type ProviderName, providerNameSchema } from "../provider-name.ts";

const tokens = z.int().nonnegative();

/** What the provider charges for one call. */
export const billRowSchema = z.object({
  provider: providerNameSchema,
  /** `x-request-id`, `request-id`; for Gemini, which sends none, the reply's id. */
  providerRequestId: z.string(),
  /** What the caller named the call in `x-client-request-id`. */
  clientRequestId: z.string().optional(),
  /** The id in the reply's body (`chatcmpl-…`, `msg_…`, `responseId`); absent for embeddings and errors. */
  replyId: z.string().optional(),
  model: z.string(),
  operation: z.enum(["chat", "embeddings"]),
  stream: z.boolean(),
  inputTokens: tokens,
  outputTokens: tokens,
  cachedInputTokens: tokens,
  cacheWriteInputTokens: tokens,
  reasoningTokens: tokens,
  /** `aborted`: the client went away. `failed`: an error status, or a reply that the simulator broke. */
  status: z.enum(["completed", "aborted", "failed"]),
  /** When the call was over. */
  atMs: z.int().nonnegative(),
});
export type BillRow = z.infer<typeof billRowSchema>;

export const billTotalsSchema = z.object({
  calls: tokens,
  inputTokens: tokens,
  outputTokens: tokens,
  cachedInputTokens: tokens,
  cacheWriteInputTokens: tokens,
  reasoningTokens: tokens,
});
export type BillTotals = z.infer<typeof billTotalsSchema>;

/** What `GET /bill` answers with. */
export const billPageSchema = z.object({
  rows: z.array(billRowSchema),
  /** Over all calls since the bill was last cleared, or since `since`; not only those on the page. */
  totals: billTotalsSchema,
  /** Where the next page begins; null on the last. */
  next: z.string().nullable(),
  /** Rows that were forgotten because there were more than a million. */
  forgotten: tokens,
});
export type BillPage = z.infer<typeof billPageSchema>;

export interface BillQuery {
  sinceMs?: number | undefined;
  provider?: ProviderName | undefined;
  /** @default 1000 */
  limit: number;
  cursor?: number | undefined;
}

const maxRows = 1_000_000;
const forgottenAtOnce = 100_000;

/** The calls of the last time, a million at most, in the order in which they ended. */
export class Bill {
  #rows: BillRow[] = [];
  /** Number of the first row that is still held. */
  #first = 0;
  #cleared = 0;
  readonly #models = new Map<string, string>();

  add(row: BillRow): void {
    // Each request brings a string of its own; a million rows should share one per model.
    const model = this.#models.get(row.model) ?? row.model;
    if (this.#models.size < 1_000) this.#models.set(model, model);
    row.model = model;
    this.#rows.push(row);
    if (this.#rows.length > maxRows) {
      this.#rows.splice(0, forgottenAtOnce);
      this.#first += forgottenAtOnce;
    }
  }

  clear(): void {
    this.#first += this.#rows.length;
    this.#cleared = this.#first;
    this.#rows = [];
  }

  page(query: BillQuery): BillPage {
    const totals = emptyTotals();
    const rows: BillRow[] = [];
    const from = Math.max(0, (query.cursor ?? 0) - this.#first);
    let next: string | null = null;
    this.#rows.forEach((row, index) => {
      if (query.sinceMs !== undefined && row.atMs < query.sinceMs) return;
      if (query.provider !== undefined && row.provider !== query.provider) return;
      addRow(totals, row);
      if (index < from) return;
      if (rows.length < query.limit) rows.push(row);
      else next ??= String(this.#first + index);
    });
    return { rows, totals, next, forgotten: this.#first - this.#cleared };
  }
}

function emptyTotals(): BillTotals {
  return {
    calls: 0,
    inputTokens: 0,
    outputTokens: 0,
    cachedInputTokens: 0,
    cacheWriteInputTokens: 0,
    reasoningTokens: 0,
  };
}

function addRow(totals: BillTotals, row: BillRow): void {
  totals.calls += 1;
  totals.inputTokens += row.inputTokens;
  totals.outputTokens += row.outputTokens;
  totals.cachedInputTokens += row.cachedInputTokens;
  totals.cacheWriteInputTokens += row.cacheWriteInputTokens;
  totals.reasoningTokens += row.reasoningTokens;
}
