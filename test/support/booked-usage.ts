import type { BillRow } from "@sluice/simulator/control/bill";
import { expect } from "vitest";
import { settledCalls } from "./ledger.ts";
import type { MeshAddress } from "./mesh-address.ts";
import { billRows } from "./simulator.ts";

/** What the provider charges for a call. */
export type BilledTokens = Pick<
  BillRow,
  "inputTokens" | "outputTokens" | "cachedInputTokens" | "cacheWriteInputTokens" | "reasoningTokens"
>;

/** The tokens of a row of the bill and nothing else. */
export function billedTokens(row: BilledTokens): BilledTokens {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteInputTokens, reasoningTokens } = row;
  return { inputTokens, outputTokens, cachedInputTokens, cacheWriteInputTokens, reasoningTokens };
}

/**
 * Expects that a request led to one call of its model, and that the ledger has booked it with exactly the tokens that
 * the provider charges for it.
 */
export async function expectBookedAsBilled(
  mesh: MeshAddress,
  requestId: string | null | undefined,
  model: string,
): Promise<BilledTokens> {
  const calls = await settledCalls(mesh, requestId);
  const rows = await billRows(mesh, model);
  expect(rows.map(({ status }) => status)).toEqual(["completed"]);
  const [billed] = rows.map(billedTokens);
  if (billed === undefined) throw new Error("the bill has no row");
  expect(calls).toEqual([
    expect.objectContaining({ ...billed, model, outcome: "completed", usageSource: "provider" }),
  ]);
  return billed;
}

/**
 * Expects that a client that went away stopped the provider's one call, and that the call is booked as cancelled with
 * the input that the provider charges.
 * @returns the output tokens of ledger and bill, which differ by what was under way
 */
export async function expectCancelled(
  mesh: MeshAddress,
  requestId: string | null | undefined,
  model: string,
): Promise<{ booked: number; billed: number }> {
  await expect
    .poll(async () => (await billRows(mesh, model)).map(({ status }) => status), { timeout: 10_000 })
    .toEqual(["aborted"]);
  const [row] = await billRows(mesh, model);
  const calls = await settledCalls(mesh, requestId);
  expect(calls).toEqual([
    expect.objectContaining({
      model,
      outcome: "cancelled",
      status: "settled",
      inputTokens: row?.inputTokens,
    }),
  ]);
  return { booked: calls[0]?.outputTokens ?? 0, billed: row?.outputTokens ?? 0 };
}
