import { z } from "zod";
import { apiVersion, type Kind, kinds } from "./kinds.ts";
import { metadataSchema } from "./metadata.ts";

/** Schema of a resource of Sluice's own, as a whole. */
export function resourceSchema<K extends Kind>(kind: K): ReturnType<typeof schemaOf<K>> {
  // Made once: a schema is compiled when it is first asked.
  schemas[kind] ??= schemaOf(kind);
  return schemas[kind] as ReturnType<typeof schemaOf<K>>;
}

const schemas: { [K in Kind]?: unknown } = {};

function schemaOf<K extends Kind>(kind: K) {
  return z.strictObject({
    apiVersion: z.literal(apiVersion).describe("Group and version of Sluice's own kinds."),
    kind: z.literal(kind).describe("What it is."),
    metadata: metadataSchema.describe("What it is called, and by what others choose it."),
    spec: kinds[kind],
  });
}
