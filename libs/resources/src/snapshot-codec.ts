import { gunzipSync, gzipSync } from "node:zlib";
import { SluiceError } from "@sluice/contracts/sluice-error";

/** A smaller one stays readable to whoever looks into the bucket. */
const readableBytes = 64 * 1024;
/** What unpacks to more than this is no configuration. */
const maxUnpackedBytes = 256 * 1024 * 1024;

/**
 * A snapshot as it stands in its bucket: JSON, packed with gzip where it is large.
 * @throws SluiceError `invalid_request` where it is larger than anybody unpacks
 */
export function encodeSnapshot(snapshot: unknown): Uint8Array {
  const json = Buffer.from(JSON.stringify(snapshot));
  if (json.length > maxUnpackedBytes) {
    const [size, most] = [json.length, maxUnpackedBytes].map(
      (bytes) => `${Math.ceil(bytes / 1024 ** 2)} MiB`,
    );
    throw new SluiceError(
      "invalid_request",
      `The configuration has ${size} as JSON, and ${most} is the most.`,
    );
  }
  return json.length <= readableBytes ? json : gzipSync(json);
}

/** @throws what `JSON.parse` or zlib throw where it is no such entry */
export function decodeSnapshot(entry: Uint8Array): unknown {
  const isPacked = entry[0] === 0x1f && entry[1] === 0x8b;
  const json = isPacked ? gunzipSync(entry, { maxOutputLength: maxUnpackedBytes }) : entry;
  return JSON.parse(new TextDecoder().decode(json));
}
