import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BillRow } from "@sluice/simulator/control/bill";
import type { Mesh } from "../support/mesh.ts";
import { runSluice } from "../support/run-sluice.ts";

/** More than the clocks of the mesh differ by, in the one run where they do. */
const clockDifferenceMs = 180_000;

/**
 * Does what finance does at the end of a month: hands in each provider's statement, which is complete for its time.
 * @param sinceMs when the load began, epoch milliseconds
 * @throws when a statement was not taken; with what was printed
 */
export async function handInStatements(mesh: Mesh, bill: readonly BillRow[], sinceMs: number): Promise<void> {
  const period = [sinceMs - clockDifferenceMs, Date.now() + clockDifferenceMs];
  const [from = "", to = ""] = period.map((atMs) => new Date(atMs).toISOString());
  for (const provider of ["openai", "anthropic", "gemini"]) {
    const rows = bill
      .filter((row) => row.provider === provider)
      .map(({ clientRequestId, providerRequestId, model, ...row }) => ({
        clientRequestId,
        providerRequestId,
        model,
        inputTokens: row.inputTokens,
        outputTokens: row.outputTokens,
        cachedInputTokens: row.cachedInputTokens,
        cacheWriteInputTokens: row.cacheWriteInputTokens,
        reasoningTokens: row.reasoningTokens,
      }));
    const file = join(mesh.dataDir, `statement-of-${provider}.json`);
    await writeFile(file, JSON.stringify(rows));
    const period = ["--from", from, "--to", to];
    const run = await runSluice(mesh, "ledger", "reconcile", file, "--provider", provider, ...period);
    if (run.code !== 0) throw new Error(`the statement of ${provider} was not taken: ${run.error}${run.out}`);
  }
}
