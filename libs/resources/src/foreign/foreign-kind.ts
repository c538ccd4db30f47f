import type { z } from "zod";
import type { PlainResource } from "../resource.ts";

/** A kind of another product that is read as one of Sluice's own. */
export interface ForeignKind {
  /** Schema of everything but apiVersion, kind and metadata. */
  schema: z.ZodObject;
  /** The resource in Sluice's form; undefined for what Sluice has no need of. */
  translate(value: unknown): Pick<PlainResource, "kind" | "spec"> | undefined;
}

/** Ties the schema to the translation of what it lets pass. */
export function foreignKind<Schema extends z.ZodObject>(
  schema: Schema,
  translate: (value: z.output<Schema>) => Pick<PlainResource, "kind" | "spec"> | undefined,
): ForeignKind {
  return { schema, translate: (value) => translate(value as z.output<Schema>) };
}
