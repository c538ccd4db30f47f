import { type Envelope, envelopeSchema } from "@sluice/contracts/envelope";
import { MalformedMessage } from "./malformed-message.ts";

const version = 1;
const prefixBytes = 5;

/**
 * A request on the bus: version (1 byte), length of the envelope (4 bytes, big endian), the envelope as
 * JSON, then the body as the client sent it. The envelope stands before the body in the payload and not in
 * NATS headers because the client library's header object costs a tenth of the mesh's throughput.
 */
export function encodeRequest(envelope: Envelope, body: Uint8Array): Buffer {
  const json = JSON.stringify(envelope);
  const envelopeBytes = Buffer.byteLength(json);
  const message = Buffer.allocUnsafe(prefixBytes + envelopeBytes + body.length);
  message[0] = version;
  message.writeUInt32BE(envelopeBytes, 1);
  message.write(json, prefixBytes);
  message.set(body, prefixBytes + envelopeBytes);
  return message;
}

/**
 * Takes a request apart. The body is a view into the message, not a copy.
 * @throws MalformedMessage when it is no request of this version or the envelope breaks its contract
 */
export function decodeRequest(message: Uint8Array): { envelope: Envelope; body: Uint8Array } {
  const buffer = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  if (buffer.length < prefixBytes) throw new MalformedMessage("request", "shorter than its prefix");
  if (buffer[0] !== version) throw new MalformedMessage("request", `version ${buffer[0]} is not ${version}`);
  const bodyOffset = prefixBytes + buffer.readUInt32BE(1);
  if (bodyOffset > buffer.length) throw new MalformedMessage("request", "envelope longer than the message");
  let json: unknown;
  try {
    json = JSON.parse(buffer.toString("utf8", prefixBytes, bodyOffset));
  } catch {
    // The parser's own message quotes the text, which may hold a credential.
    throw new MalformedMessage("request", "envelope is not JSON");
  }
  const parsed = envelopeSchema.safeParse(json);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => issue.path.join(".")).join(", ");
    throw new MalformedMessage("request", `envelope breaks its contract at ${fields}`);
  }
  return { envelope: parsed.data, body: message.subarray(bodyOffset) };
}
