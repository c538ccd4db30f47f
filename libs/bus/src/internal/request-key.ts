/**
 * Requests are named by a UUID. On the wire it is 16 bytes; as a key of the process's maps it is the
 * delivery byte and those 16 bytes as one latin-1 string, which is read from a buffer in a single call.
 */
export const requestIdBytes = 16;

/** Key of one delivery of one request. */
export type RequestKey = string;

export function requestKey(requestId: string, delivery: number): RequestKey {
  return String.fromCharCode(delivery) + Buffer.from(requestId.replaceAll("-", ""), "hex").toString("latin1");
}

/** Reads the key of `delivery (1 byte), request id (16 bytes)` at `offset`. */
export function readRequestKey(buffer: Buffer, offset: number): RequestKey {
  return buffer.toString("latin1", offset, offset + 1 + requestIdBytes);
}

/** Writes a key as `delivery (1 byte), request id (16 bytes)` and returns the offset after it. */
export function writeRequestKey(buffer: Buffer, key: RequestKey, offset: number): number {
  return offset + buffer.write(key, offset, "latin1");
}

/** Reads the delivery from a key. */
export function deliveryOf(key: RequestKey): number {
  return key.charCodeAt(0);
}

/** Writes the request id of a key as the UUID it is. */
export function requestIdOf(key: RequestKey): string {
  const hex = Buffer.from(key.slice(1), "latin1").toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
