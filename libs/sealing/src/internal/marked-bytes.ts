import { SealingError } from "../sealing-error.ts";

/** Bytes as text: a mark that says what they are and in which version, then base64url. */
export interface MarkedBytes {
  /** Such as `sealed:v1:`. */
  mark: string;
  /** What it is, for errors, such as `sealed text`. */
  what: string;
  /** Fewest and most bytes. */
  minimum: number;
  maximum: number;
}

export function writeMarked({ mark }: MarkedBytes, bytes: Uint8Array): string {
  return mark + Buffer.from(bytes).toString("base64url");
}

/** @throws SealingError that says what the text is not; never with anything of it */
export function readMarked(form: MarkedBytes, text: string): Buffer {
  const encoded = text.slice(form.mark.length);
  const bytes = Buffer.from(encoded, "base64url");
  const isWhole =
    text.startsWith(form.mark) &&
    bytes.length >= form.minimum &&
    bytes.length <= form.maximum &&
    // Node reads past what is not base64url, and past bits that mean nothing.
    bytes.toString("base64url") === encoded;
  if (isWhole) return bytes;
  throw new SealingError(`This is no ${form.what}, which begins with ${form.mark}, or it is damaged.`);
}
