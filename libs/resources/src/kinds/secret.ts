import { sealedTextSchema } from "@sluice/sealing/sealed-text";
import { z } from "zod";
import { referenceSchema } from "./metadata.ts";

const entryName = z
  .string()
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/, "a name of letters, digits, -, _ and .");

const base64 = z
  .string()
  .regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, "a base64 text")
  .meta({ title: "base64 text" });

/** A value that only the services that use it can read. */
const sealedEntrySchema = z.strictObject({
  text: sealedTextSchema.describe("The sealed value."),
  fingerprint: z.string().min(1).describe("By which the same value is known again when it is applied."),
  digest: z.string().min(1).describe("By which a client's key is known, where the value is one."),
});
export type SealedEntry = z.infer<typeof sealedEntrySchema>;

/** Secrets under names. Their values are sealed when they are applied: only the services that use them can read them. */
export const secretSpecSchema = z
  .strictObject({
    type: z.string().max(253).optional().describe("For your own use."),
    data: z.record(entryName, base64).optional().describe("Entries in base64."),
    stringData: z.record(entryName, z.string()).optional().describe("Entries as they are."),
    sealed: z
      .record(entryName, sealedEntrySchema)
      .optional()
      .describe("Entries as `sluice export` gives them: sealed for this mesh, and of use to no other."),
  })
  .check((check) => {
    const { data = {}, stringData = {}, sealed = {} } = check.value;
    if (Object.keys(data).length + Object.keys(stringData).length + Object.keys(sealed).length > 0) return;
    check.issues.push({ code: "custom", message: "the Secret has no entry", input: check.value });
  })
  .describe("Values that only the services which use them can read: they are sealed when they are applied.");
export type SecretSpec = z.infer<typeof secretSpecSchema>;

/** Where a secret is found: an entry of a Secret, an environment variable of the router, or a file that it can read. */
export const secretSourceSchema = z
  .strictObject({
    secret: z
      .strictObject({
        ...referenceSchema.shape,
        entry: entryName.default("api-key").describe("Which entry of the Secret."),
      })
      .optional()
      .describe("An entry of a Secret."),
    env: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable")
      .optional()
      .describe("An environment variable of the router."),
    file: z
      .string()
      .regex(/^\//, "a path that begins with /")
      .optional()
      .describe("A file that the router can read, which holds it and nothing else."),
  })
  .check((check) => {
    if (Object.values(check.value).filter((value) => value !== undefined).length === 1) return;
    check.issues.push({
      code: "custom",
      message: "either secret, env or file, one of them",
      input: check.value,
    });
  });
export type SecretSource = z.infer<typeof secretSourceSchema>;
