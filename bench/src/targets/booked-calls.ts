import type { LedgerAddress } from "@sluice/cli/find-mesh";
import { readLedgerRows } from "@sluice/cli/ledger-client";
import { z } from "zod";

const rowSchema = z.object({ calls: z.int(), unpricedRequests: z.int(), openRequests: z.int() });

/** What a ledger says of all calls that it has. */
export type BookedCalls = z.infer<typeof rowSchema>;

/** Asks a ledger how many calls it has booked, and how many of them are not settled or without a price. */
export async function bookedCalls(ledger: LedgerAddress): Promise<BookedCalls> {
  const [row] = await readLedgerRows(ledger, "/v1/spend", new URLSearchParams());
  return row === undefined ? { calls: 0, unpricedRequests: 0, openRequests: 0 } : rowSchema.parse(row);
}
