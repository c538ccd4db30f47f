import { parseCallId, writeCallId } from "@sluice/contracts/call-id";
import type { BillRow } from "@sluice/simulator/control/bill";
import { z } from "zod";
import { askLedger, type BookedCall, bookedCallSchema } from "../support/ledger.ts";
import type { Mesh } from "../support/mesh.ts";
import { wholeBill } from "../support/simulator.ts";

/** What ledger and provider say of the calls of a load. */
export interface Accounts {
  calls: BookedCall[];
  bill: BillRow[];
}

/** How ledger and bill compare. */
export interface Comparison {
  /** Tokens, input and output, that the ledger has more than the bill. */
  ledgerMinusBill: number;
  /** Calls whose tokens are not the same in both, by our name of the call. */
  differing: string[];
  /** Calls that the ledger has by its own count, because the provider had not said what they used. */
  estimated: number;
  /** Calls that never came to an end, as far as the ledger heard. */
  unsettled: number;
  open: number;
  /** Requests of which the provider charges more than one call. */
  paidTwice: string[];
}

const pageSchema = z.object({ rows: z.array(bookedCallSchema), next: z.string().nullable() });

/** Reads both sides. */
export async function readAccounts(mesh: Mesh, models: readonly string[]): Promise<Accounts> {
  const calls: BookedCall[] = [];
  const filter = models.map((model) => `model=${encodeURIComponent(model)}`).join("&");
  let cursor: string | null = "";
  while (cursor !== null) {
    const place: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const response = await askLedger(mesh, `/v1/requests?${filter}&limit=1000${place}`);
    const page = pageSchema.parse(await response.json());
    calls.push(...page.rows);
    cursor = page.next;
  }
  const bill = (await wholeBill(mesh)).filter(({ model }) => models.includes(model));
  return { calls, bill };
}

/** Compares them call by call: two that differ by as much in opposite directions are still two that differ. */
export function compareAccounts({ calls, bill }: Accounts): Comparison {
  const rows = new Map<string, BillRow[]>();
  for (const row of bill) {
    const name = row.clientRequestId ?? `without a name: ${row.providerRequestId}`;
    rows.set(name, [...(rows.get(name) ?? []), row]);
  }
  const differing: string[] = [];
  for (const call of calls) {
    const name = writeCallId(call);
    if (tokensOf(rows.get(name) ?? []) !== tokensOf([call])) differing.push(name);
    rows.delete(name);
  }
  for (const [name, left] of rows) if (sumOf(left) > 0) differing.push(name);
  return {
    ledgerMinusBill: sumOf(calls) - sumOf(bill),
    differing,
    estimated: calls.filter(({ usageSource }) => usageSource === "estimated").length,
    unsettled: calls.filter(({ status }) => status === "unsettled").length,
    open: calls.filter(({ status }) => status === "open").length,
    paidTwice: paidTwice(bill),
  };
}

function paidTwice(bill: readonly BillRow[]): string[] {
  const charged = new Map<string, number>();
  for (const row of bill) {
    const requestId = parseCallId(row.clientRequestId ?? "")?.requestId;
    if (requestId === undefined || sumOf([row]) === 0) continue;
    charged.set(requestId, (charged.get(requestId) ?? 0) + 1);
  }
  return [...charged].filter(([, times]) => times > 1).map(([requestId]) => requestId);
}

type Tokens = { [Kind in (typeof kinds)[number]]: number | null };
const kinds = [
  "inputTokens",
  "outputTokens",
  "cachedInputTokens",
  "cacheWriteInputTokens",
  "reasoningTokens",
] as const;

/** All kinds of tokens of a call, as one text. */
function tokensOf(parts: readonly Tokens[]): string {
  return kinds.map((kind) => parts.reduce((sum, part) => sum + (part[kind] ?? 0), 0)).join(" ");
}

function sumOf(parts: readonly Tokens[]): number {
  return parts.reduce((sum, part) => sum + (part.inputTokens ?? 0) + (part.outputTokens ?? 0), 0);
}
