import { z } from "zod";

/** What an object store keeps of an object, as ADR-20 of NATS lays it down; as much of it as is needed here. */
export const objectMetaSchema = z.object({
  /** Names the subject of its pieces. */
  nuid: z.string(),
  /** Bytes. */
  size: z.int().nonnegative(),
  chunks: z.int().nonnegative(),
  digest: z.string(),
  deleted: z.boolean().default(false),
});

export type ObjectMeta = z.infer<typeof objectMetaSchema>;

/** The subject of the pieces of an object. */
export function piecesSubject(bucket: string, nuid: string): string {
  return `$O.${bucket}.C.${nuid}`;
}

/** The subject of what is kept about an object. */
export function metaSubject(bucket: string, name: string): string {
  return `$O.${bucket}.M.${base64Url(Buffer.from(name))}`;
}

/** A digest of SHA-256 as an object has it. */
export function objectDigest(hash: Buffer): string {
  return `SHA-256=${base64Url(hash)}`;
}

/** The object store's base64, which keeps its padding. */
function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
