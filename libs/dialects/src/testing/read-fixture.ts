import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..", "fixtures");

/** A recorded-style body of the providers' public API. */
export function jsonFixture(name: string): unknown {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
}

/** The exact bytes of a stream. */
export function streamFixture(name: string): Uint8Array {
  return readFileSync(join(folder, `${name}.sse`));
}
