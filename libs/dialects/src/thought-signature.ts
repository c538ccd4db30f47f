import { type DialectName, dialectNameSchema } from "@sluice/contracts/dialect-name";
import type { ThoughtSignature } from "./canonical-content.ts";

/**
 * A provider's signature on its way through a client of another dialect. It is given to the client as
 * base64 of `sluice:<provider>:<kind>:<value>`, since Gemini's clients decode signatures as base64, and
 * read back when the client returns the conversation. So a signature reaches the provider that made it
 * and is never shown to another.
 */
const prefix = "sluice:";
/** What base64 of the prefix always begins with, to tell foreign signatures from native ones cheaply. */
const encodedPrefix = Buffer.from(prefix).toString("base64").slice(0, 9);

type SignatureKind = "signature" | "redacted";

export interface CarriedSignature extends ThoughtSignature {
  /** `redacted`: thinking that is wholly hidden, not the proof of thinking that is shown. */
  kind: SignatureKind;
}

/** The form of a signature for a client of `dialect`: its own as it is, another provider's wrapped. */
export function writeSignature(
  signature: ThoughtSignature,
  dialect: DialectName,
  kind: SignatureKind = "signature",
): string {
  if (signature.from === dialect && kind === "signature") return signature.value;
  return Buffer.from(`${prefix}${signature.from}:${kind}:${signature.value}`).toString("base64");
}

/**
 * For thinking that its provider did not sign, to a client that expects a signature: so that it is known again
 * when it comes back, and never taken for signed.
 */
export const unsigned: ThoughtSignature = Object.freeze({ from: "openai", value: "" });

/** Whether a body may hold thoughts that a provider other than the dialect's own has made. */
export function carriesForeignThoughts(body: string): boolean {
  return body.includes(encodedPrefix);
}

/** Reads what a client of `dialect` sent back. */
export function readSignature(text: string, dialect: DialectName): CarriedSignature {
  if (text.startsWith(encodedPrefix)) {
    const [, from, kind, ...value] = Buffer.from(text, "base64").toString().split(":");
    const origin = dialectNameSchema.safeParse(from);
    if (origin.success && (kind === "signature" || kind === "redacted")) {
      return { from: origin.data, kind, value: value.join(":") };
    }
  }
  return { from: dialect, kind: "signature", value: text };
}
