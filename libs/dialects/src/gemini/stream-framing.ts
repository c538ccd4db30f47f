import type { StreamFraming } from "../dialect.ts";

/** Puts the pieces of a stream into the form that the client asked for. */
export interface StreamFramer {
  /** @param json a piece as JSON text. */
  piece(json: string): string;
  end(): string;
  /** Whether a piece was written. */
  started(): boolean;
}

/** Server-Sent Events end in CR LF at Google; a JSON array is written element by element. */
export function createStreamFramer(framing: StreamFraming = "sse"): StreamFramer {
  let started = false;
  const isArray = framing === "json-array";
  return {
    piece(json) {
      const before = started ? ",\r\n" : "[";
      started = true;
      return isArray ? before + json : `data: ${json}\r\n\r\n`;
    },
    end() {
      if (!isArray) return "";
      return started ? "\n]" : "[]";
    },
    started: () => started,
  };
}
