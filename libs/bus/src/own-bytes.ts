/**
 * The bytes in a buffer of their own where they are a small part of what came off the socket with them; for bytes that
 * have to wait: a slow client's few would keep all of it in memory.
 */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length * 4 > bytes.buffer.byteLength) return bytes;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  own.set(bytes);
  return own;
}
