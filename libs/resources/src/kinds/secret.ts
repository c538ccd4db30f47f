import { sealedTextSchema } from "@sluice/sealing/sealed-text";
import { z } from "zod";
import { referenceSchema } from "./metadata.ts";

export const entryNameSchema = z
  .string()
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/, "a name of letters, digits, -, _ and .");

const base64 = z
  .string()
  .regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, "a base64 text")
  .meta({ title: "base64 text" });

const environmentVariable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable")
  .meta({ title: "name" });

const absolutePath = z.string().regex(/^\//, "a path that begins with /").meta({ title: "path" });

const fingerprintSchema = z.string().min(1);

/** A certificate or its key, for listeners. */
const ingressEntrySchema = z.strictObject({
  text: sealedTextSchema.describe("The value, sealed for the ingress."),
  fingerprint: fingerprintSchema.describe("As above."),
  certificate: z
    .strictObject({
      publicKey: z.string().describe("Digest of its public key."),
      validFrom: z.iso.datetime().describe("From when it is valid."),
      validUntil: z.iso.datetime().describe("Until when it is valid."),
      hosts: z.array(z.string()).describe("The hosts that it is for."),
    })
    .optional()
    .describe("What is public of a certificate."),
  keyOf: z.string().optional().describe("Digest of the public key that belongs to a private one."),
});
export type IngressEntry = z.infer<typeof ingressEntrySchema>;

/** A value that only the services that use it can read. */
const sealedEntrySchema = z
  .strictObject({
    text: sealedTextSchema.optional().describe("The value, sealed for the router."),
    fingerprint: fingerprintSchema
      .optional()
      .describe("By which the same value is known again when it is applied."),
    digest: z.string().min(1).describe("By which a client's key is known, where the value is one."),
    ingress: ingressEntrySchema.optional().describe("The same for the ingress, where it is a listener's."),
  })
  .check((check) => {
    if ((check.value.text ?? check.value.ingress) !== undefined) return;
    check.issues.push({
      code: "custom",
      message: "either text or ingress is needed: the entry as `sluice export` gives it",
      input: check.value,
    });
  });
export type SealedEntry = z.infer<typeof sealedEntrySchema>;

/** The maps of a Secret's entries. */
const entryMaps = ["data", "stringData", "env", "files", "sealed"] as const;

/** Secrets under names. Their values are sealed when they are applied: only the services that use them can read them. */
export const secretSpecSchema = z
  .strictObject({
    type: z.string().max(253).optional().describe("For your own use."),
    data: z.record(entryNameSchema, base64).optional().describe("Entries in base64."),
    stringData: z.record(entryNameSchema, z.string()).optional().describe("Entries as they are."),
    env: z
      .record(entryNameSchema, environmentVariable)
      .optional()
      .describe("Entries that stand in environment variables of the service that uses them."),
    files: z
      .record(entryNameSchema, absolutePath)
      .optional()
      .describe("Entries that stand in files, each alone in one, which the service that uses them can read."),
    sealed: z
      .record(entryNameSchema, sealedEntrySchema)
      .optional()
      .describe("Entries as `sluice export` gives them: sealed for this mesh, and of use to no other."),
  })
  .check((check) => {
    const holders = (entry: string) =>
      entryMaps.filter((map) => Object.hasOwn(check.value[map] ?? {}, entry));
    if (entryMaps.every((map) => Object.keys(check.value[map] ?? {}).length === 0)) {
      check.issues.push({ code: "custom", message: "the Secret has no entry", input: check.value });
    }
    for (const map of ["env", "files"] as const) {
      for (const entry of Object.keys(check.value[map] ?? {})) {
        const others = holders(entry).filter((other) => other !== map);
        if (others.length === 0) continue;
        check.issues.push({
          code: "custom",
          message: `the entry stands in ${others.join(" and ")} too: leave all but one out`,
          path: [map, entry],
          input: check.value,
        });
      }
    }
  })
  .describe(
    "Values that only the services which use them can read: they are sealed when they are applied, or stand where those " +
      "services are.",
  );
export type SecretSpec = z.infer<typeof secretSpecSchema>;

/** Where a secret is found: an entry of a Secret, an environment variable of the router, or a file that it can read. */
export const secretSourceSchema = z
  .strictObject({
    secret: z
      .strictObject({
        ...referenceSchema.shape,
        entry: entryNameSchema.default("api-key").describe("Which entry of the Secret."),
      })
      .optional()
      .describe("An entry of a Secret."),
    env: environmentVariable.optional().describe("An environment variable of the router."),
    file: absolutePath
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
