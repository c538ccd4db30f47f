import type { CanonicalStreamEvent } from "../canonical-stream.ts";
import type { StreamReader } from "../dialect.ts";
import { createSseSplitter } from "../sse-splitter.ts";

/** Reads a stream that arrives in the given pieces. */
export function readStream(pieces: Uint8Array[], reader: StreamReader): CanonicalStreamEvent[] {
  const splitter = createSseSplitter();
  const found = pieces.flatMap((piece) => splitter.push(piece));
  found.push(...splitter.finish().events);
  const events = found.flatMap(({ event, data }) => (data === undefined ? [] : reader.push({ event, data })));
  return [...events, ...reader.finish()];
}
