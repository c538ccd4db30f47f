import { usageSchema, usageSourceSchema } from "@sluice/contracts/usage";
import { z } from "zod";
import { entryKeySchema } from "./entry-key.ts";

const { inputTokens, outputTokens } = usageSchema.shape;
const part = z.int().nonnegative().optional();

/** What a statement says was used in one call. A part that it doesn't tell is left out; it is not 0 for that. */
export const billedUsageSchema = z.object({
  inputTokens,
  outputTokens,
  cachedInputTokens: part,
  cacheWriteInputTokens: part,
  cacheWriteOneHourInputTokens: part,
  reasoningTokens: part,
  inputAudioTokens: part,
  outputAudioTokens: part,
});
export type BilledUsage = z.infer<typeof billedUsageSchema>;

const idSchema = z.string().max(1000).optional();

/** A row of a statement. What else a statement has in its rows is ignored. */
export const statementRowSchema = billedUsageSchema
  .extend({
    clientRequestId: idSchema.describe("Sluice's name of the call, which the provider was told."),
    providerRequestId: idSchema.describe("The provider's id of the call."),
  })
  .refine((row) => isNamed(row.clientRequestId) || isNamed(row.providerRequestId), {
    error: "has neither clientRequestId nor providerRequestId",
  });
export type StatementRow = z.infer<typeof statementRowSchema>;

const instant = z.iso.datetime({
  offset: true,
  error: "is not an instant with its offset (2026-06-15T12:00:00Z)",
});

/** Body of `POST /v1/reconciliations`. */
export const statementSchema = z
  .strictObject({
    statement: z.string().min(1).max(200).describe("What the statement is called; kept with the calls."),
    provider: z.string().min(1).describe("Provider that the statement is of, as the calls name it."),
    backend: z.string().min(1).optional().describe("Only calls of this backend, such as one account."),
    from: instant.optional().describe("With `to`: the statement is complete for the calls of this time."),
    to: instant.optional(),
    dryRun: z.boolean().default(false).describe("Say what would be done, and do nothing."),
    overwrite: z
      .boolean()
      .default(false)
      .describe("Correct calls too that have the provider's own figures, or those of another statement."),
    rows: z.array(statementRowSchema),
  })
  .refine(({ from, to }) => (from === undefined) === (to === undefined), {
    path: ["to"],
    error: "and from are given together or not at all",
  })
  .refine(({ from, to }) => from === undefined || to === undefined || Date.parse(from) < Date.parse(to), {
    path: ["to"],
    error: "is not later than from",
  });
export type Statement = z.infer<typeof statementSchema>;

const count = z.int().nonnegative();

/** What became of a statement. */
export const reconciliationSchema = z.object({
  statement: z.string(),
  dryRun: z.boolean(),
  matched: count.describe("Calls that the statement has rows of."),
  equal: count.describe("Of these, calls that say the same already."),
  corrected: count.describe("Of these, calls that are corrected to the statement."),
  differing: count.describe("Of these, calls that say something else and were left alone."),
  notBilled: count.describe("Calls of the statement's time that it does not have: they cost nothing."),
  nearEdge: count.describe(
    "Calls that the statement does not have and that are so near to the ends of its time that they may be on another; left alone.",
  ),
  open: count.describe("Calls that are not over yet; left alone."),
  unknown: count.describe("Rows of calls that the ledger does not have."),
  examples: z.object({
    differing: z.array(
      entryKeySchema.extend({
        usageSource: usageSourceSchema.nullable(),
        ledger: usageSchema.nullable(),
        statement: billedUsageSchema,
      }),
    ),
    unknown: z.array(
      billedUsageSchema.extend({
        clientRequestId: z.string().nullable(),
        providerRequestId: z.string().nullable(),
      }),
    ),
  }),
});
export type Reconciliation = z.infer<typeof reconciliationSchema>;

function isNamed(id: string | undefined): id is string {
  return id !== undefined && id !== "";
}
