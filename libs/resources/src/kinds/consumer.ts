import { z } from "zod";
import { namePatternSchema } from "../name-pattern.ts";
import { regionsSchema } from "../region.ts";
import { limitListSchema } from "./limit-list.ts";
import { labelSelectorSchema } from "./metadata.ts";
import { claimValuesSchema } from "./token-trust.ts";

const fact = z.string().min(1).max(200);

/** Tokens of a consumer. */
const tokenMatchSchema = z
  .strictObject({
    issuer: z
      .string()
      .min(1)
      .max(500)
      .optional()
      .describe("Who made it (`iss`). Default: any that is trusted."),
    subject: z.string().min(1).max(500).optional().describe("Whose it is (`sub`)."),
    claims: claimValuesSchema
      .optional()
      .describe("Claims that it has, each one of these values; of a list, one entry must be."),
  })
  .check((check) => {
    const { subject, claims } = check.value;
    if (subject !== undefined || Object.keys(claims ?? {}).length > 0) return;
    check.issues.push({ code: "custom", message: "name a subject or claims", input: check.value });
  });

/** Somebody whose keys and tokens are known, with what they may use. */
export const consumerSchema = z
  .strictObject({
    user: fact.optional().describe("What the ledger books under, in place of what a key or token says."),
    team: fact.optional().describe("The same."),
    application: fact.optional().describe("The same."),
    department: fact.optional().describe("The same."),
    tags: z.array(fact).max(50).default([]).describe("Beside those of a key or token."),
    apiKeys: z
      .strictObject({ labels: labelSelectorSchema.describe("Labels that the Secrets have.") })
      .optional()
      .describe("The Secrets of its namespace whose keys are this consumer's."),
    virtualKeys: z
      .array(z.string().regex(/^key_[0-9a-f]{20}$/, "an id of a virtual key, key_…"))
      .min(1)
      .optional()
      .describe("Virtual keys that are this consumer's, besides those of `sluice keys create --consumer`."),
    tokens: z
      .array(tokenMatchSchema)
      .min(1)
      .optional()
      .describe("Tokens that are this consumer's: one of these fits."),
    models: z
      .array(namePatternSchema)
      .min(1)
      .optional()
      .describe("Models that it may use, exact or by their beginning, such as `gpt-*`. Default: all."),
    regions: regionsSchema
      .optional()
      .describe("Regions that its requests must stay in: only what has one of them answers. Default: any."),
    limits: limitListSchema("consumer")
      .default([])
      .describe("How much it may use, of all routes and the gateway's own endpoints together."),
  })
  .describe(
    "Who the holders of keys and tokens are, what the ledger books them under, and how much they may use.",
  );
export type Consumer = z.infer<typeof consumerSchema>;
