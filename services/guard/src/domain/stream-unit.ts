import type { StreamFraming } from "@sluice/dialects/dialect";
import { createSseSplitter, type SseEvent } from "@sluice/dialects/sse-splitter";
import { JsonArraySplitter } from "./json-array-splitter.ts";

/** A stretch of a streamed reply that is passed on as a whole. */
export interface StreamUnit {
  /** As it came. */
  raw: Uint8Array;
  /** What it says, JSON as a rule; undefined where it says nothing. */
  data?: string;
  /** The stretch with other data in place of its own; all else stays. */
  withData(data: string): Uint8Array;
}

/** Splits a streamed reply into units that together are every byte of it. */
export interface StreamSplitter {
  push(piece: Uint8Array): StreamUnit[];
  finish(): StreamUnit[];
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
/** A data line of an event; the field name alone is one too. */
const dataLine = /^data(?:(: ?).*)?(\r\n|\r|\n|$)/gm;

export function createStreamSplitter(framing: StreamFraming): StreamSplitter {
  return framing === "sse" ? sseUnits() : jsonArrayUnits();
}

function sseUnits(): StreamSplitter {
  const splitter = createSseSplitter();
  return {
    push: (piece) => splitter.push(piece).map(sseUnit),
    finish() {
      const { events, rest } = splitter.finish();
      const units = events.map(sseUnit);
      // No client reads an event that was cut, but what it says is looked at all the same.
      if (rest.length > 0) units.push(textUnit(rest));
      return units;
    },
  };
}

function sseUnit(event: SseEvent): StreamUnit {
  const { raw, data } = event;
  const withData = (changed: string): Uint8Array => encoder.encode(withSseData(utf8.decode(raw), changed));
  return data === undefined ? { raw, withData } : { raw, data, withData };
}

/** Puts the data lines of an event at the place of its first one. */
function withSseData(raw: string, data: string): string {
  let written = false;
  return raw.replace(dataLine, (_line, field: string | undefined, lineEnd: string) => {
    if (written) return "";
    written = true;
    return data
      .split("\n")
      .map((line) => `data${field ?? ": "}${line}${lineEnd}`)
      .join("");
  });
}

function jsonArrayUnits(): StreamSplitter {
  const splitter = new JsonArraySplitter();
  return {
    push: (piece) =>
      splitter.push(piece).map(({ raw, before }) => ({
        raw,
        data: utf8.decode(raw.subarray(before)),
        withData: (data) => Buffer.concat([raw.subarray(0, before), encoder.encode(data)]),
      })),
    finish() {
      const rest = splitter.finish();
      if (rest.length === 0) return [];
      return [textUnit(rest)];
    },
  };
}

function textUnit(raw: Uint8Array): StreamUnit {
  return { raw, data: utf8.decode(raw), withData: (data) => encoder.encode(data) };
}
