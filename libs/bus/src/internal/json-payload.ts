import type { z } from "zod";
import { MalformedMessage, type MessageKind } from "./malformed-message.ts";

const encoder = new TextEncoder();

export function encodeJson(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

/** @throws MalformedMessage naming the fields that break the contract, never their values */
export function decodeJson<S extends z.ZodType>(
  kind: MessageKind,
  payload: Uint8Array,
  schema: S,
): z.output<S> {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8"));
  } catch {
    throw new MalformedMessage(kind, "payload is not JSON");
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new MalformedMessage(
    kind,
    `payload breaks its contract at ${parsed.error.issues.map((i) => i.path.join(".")).join(", ")}`,
  );
}
