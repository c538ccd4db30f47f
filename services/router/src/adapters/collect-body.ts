import { SluiceError } from "@sluice/contracts/sluice-error";

/**
 * Reads a body to its end.
 * @param pieces where its pieces go as they come, for whoever wants to see what had come of one that breaks off
 * @throws SluiceError `provider_invalid_reply` past `maxBytes`; what the body itself throws
 */
export async function collectBody(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  pieces: Uint8Array[] = [],
): Promise<Buffer> {
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > maxBytes)
      throw new SluiceError("provider_invalid_reply", "The provider's reply is too large.");
    pieces.push(piece);
  }
  return Buffer.concat(pieces, bytes);
}
