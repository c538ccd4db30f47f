import { z } from "zod";
import { attachmentSchema } from "./attachment.ts";
import { labelSelectorSchema } from "./metadata.ts";
import { headerNameSchema } from "./transformation-policy.ts";

const apiKeySchema = z.strictObject({
  header: headerNameSchema.describe("Header in which clients send their key."),
  secrets: z
    .strictObject({ labels: labelSelectorSchema.describe("Labels that the Secrets have.") })
    .describe("The Secrets of the policy's namespace that hold the keys."),
  entry: z.string().min(1).default("api-key").describe("Entry of each Secret that is the client's key."),
  upstreamHeaders: z
    .record(headerNameSchema, z.string().min(1))
    .default({})
    .describe(
      "Headers for the destination, each from another entry of the Secret whose key the client sent.",
    ),
});

/** Who may use the routes that it applies to. */
export const authPolicySchema = z
  .strictObject({
    applyTo: attachmentSchema.optional().describe("The routes that it covers."),
    apiKey: apiKeySchema.optional().describe("Keys that stand in Secrets."),
    virtualKeys: z
      .strictObject({})
      .optional()
      .describe("Keys of `sluice keys`, as the gateway's own endpoints."),
    anonymous: z
      .strictObject({})
      .optional()
      .describe("Anyone. Who sends a virtual key all the same is known by it."),
  })
  .check((check) => {
    const { applyTo: _applyTo, ...ways } = check.value;
    if (Object.values(ways).filter((value) => value !== undefined).length === 1) return;
    check.issues.push({
      code: "custom",
      message: "either apiKey, virtualKeys or anonymous, one of them",
      input: check.value,
    });
  })
  .describe("Who may use routes: holders of keys in Secrets, holders of virtual keys, or anyone.");
export type AuthPolicy = z.infer<typeof authPolicySchema>;
