import { SluiceError } from "@sluice/contracts/sluice-error";

/** @throws SluiceError `provider_invalid_reply` for what is not a whole JSON text */
export function parseProviderJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8"));
  } catch {
    // The parser's message quotes the reply.
    throw new SluiceError("provider_invalid_reply", "The provider's reply is not valid JSON.");
  }
}
