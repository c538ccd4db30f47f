import { z } from "zod";
import { type MarkedBytes, readMarked, writeMarked } from "./internal/marked-bytes.ts";
import { encapsulatedBytes, tagBytes } from "./internal/suite.ts";

const form: MarkedBytes = {
  mark: "sealed:v1:",
  what: "sealed text",
  minimum: encapsulatedBytes + tagBytes,
  maximum: Number.POSITIVE_INFINITY,
};

/** A value that only the holder of the private key can read: `sealed:v1:`, then base64url. */
export const sealedTextSchema = z.string().regex(/^sealed:v1:[\w-]+$/, "must be a sealed text");

/** What a sealed text is made of (RFC 9180, section 6.1). */
export interface SealedParts {
  /** The ephemeral public key, 32 bytes: `enc`. */
  encapsulated: Uint8Array;
  /** With its tag: `ct`. */
  ciphertext: Uint8Array;
}

export function writeSealedText({ encapsulated, ciphertext }: SealedParts): string {
  return writeMarked(form, Buffer.concat([encapsulated, ciphertext]));
}

/** @throws SealingError */
export function readSealedText(text: string): SealedParts {
  const bytes = readMarked(form, text);
  return {
    encapsulated: bytes.subarray(0, encapsulatedBytes),
    ciphertext: bytes.subarray(encapsulatedBytes),
  };
}
