import { expect } from "vitest";
import { z } from "zod";
import type { MeshAddress } from "./mesh-address.ts";

const tokens = z.int().nullable();

/** A provider call as the ledger shows it; as much of it as the tests look at. */
export const bookedCallSchema = z.looseObject({
  requestId: z.string(),
  delivery: z.int(),
  attempt: z.int(),
  status: z.string(),
  outcome: z.string().nullable(),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  requestModel: z.string().nullable(),
  providerStatus: z.int().nullable(),
  usageSource: z.string().nullable(),
  inputTokens: tokens,
  outputTokens: tokens,
  cachedInputTokens: tokens,
  cacheWriteInputTokens: tokens,
  reasoningTokens: tokens,
  traceId: z.string().nullable(),
});
export type BookedCall = z.infer<typeof bookedCallSchema>;

const requestViewSchema = z.object({ calls: z.array(bookedCallSchema) });

/** Asks the ledger as finance does. @param path with its query */
export function askLedger(mesh: MeshAddress, path: string, accept = "application/json"): Promise<Response> {
  return fetch(mesh.ledger + path, { headers: { accept, authorization: `Bearer ${mesh.adminKey}` } });
}

/**
 * The calls of a request, once there are as many as expected and none of them is open.
 * @param expected how many calls at least. @default 1
 * @throws when that takes too long
 */
export async function settledCalls(
  mesh: MeshAddress,
  requestId: string | null | undefined,
  expected = 1,
): Promise<BookedCall[]> {
  let calls: BookedCall[] = [];
  await expect
    .poll(
      async () => {
        const response = await askLedger(mesh, `/v1/requests/${requestId}`);
        if (response.status === 404) return "not booked";
        calls = requestViewSchema.parse(await response.json()).calls;
        return calls.length >= expected && calls.every((call) => call.status !== "open") ? "settled" : "open";
      },
      { timeout: 15_000, interval: 50 },
    )
    .toBe("settled");
  return calls;
}

/** The request that asked for a model that nobody else asks for, once the ledger knows of it. */
export async function requestIdOfModel(mesh: MeshAddress, model: string): Promise<string | undefined> {
  let ids: string[] = [];
  await expect
    .poll(
      async () => {
        const response = await askLedger(mesh, `/v1/requests?model=${model}`);
        const { rows } = z.object({ rows: z.array(bookedCallSchema) }).parse(await response.json());
        ids = [...new Set(rows.map(({ requestId }) => requestId))];
        return ids.length;
      },
      { timeout: 15_000, interval: 50 },
    )
    .toBe(1);
  return ids[0];
}
