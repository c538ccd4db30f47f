import { SluiceError } from "@sluice/contracts/sluice-error";
import { createParser } from "eventsource-parser";

/** An event as it came: its bytes, and what they say. */
export interface SseEvent {
  /** Every byte up to and including the blank line, comments among them. */
  raw: Uint8Array;
  event?: string;
  /** Undefined for blank lines and comments only. */
  data?: string;
}

export interface SseEnd {
  /** Events that were whole but for the blank line after them. */
  events: SseEvent[];
  /** Bytes of an event that is not whole. */
  rest: Uint8Array;
  /** The stream broke off inside an event. */
  cut: boolean;
}

export interface SseSplitter {
  /** Takes the next bytes, cut anywhere. @throws SluiceError `provider_invalid_reply` past the size limit. */
  push(piece: Uint8Array): SseEvent[];
  /** To be called at the end of the stream. */
  finish(): SseEnd;
}

export interface SseSplitterOptions {
  /** Largest event in bytes. @default 16 MiB */
  maxEventBytes?: number;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const nothing = new Uint8Array(0);
const eventLine = Buffer.from("event: ");
const dataLine = Buffer.from("data: ");

/**
 * Splits a Server-Sent Events stream into events and keeps their bytes, so that they can be passed on
 * exactly. Where an event ends is found in the bytes (a parser gives the content but not the bytes);
 * what it says is read by eventsource-parser, unless the event has the one form that nearly all have.
 */
export function createSseSplitter(options: SseSplitterOptions = {}): SseSplitter {
  const maxEventBytes = options.maxEventBytes ?? 16 * 1024 * 1024;
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let parsed: { event?: string; data: string } | undefined;
  const parser = createParser({
    onEvent(message) {
      parsed =
        message.event === undefined ? { data: message.data } : { event: message.event, data: message.data };
    },
  });

  /** Bytes of the open event from earlier pieces. */
  let open: Uint8Array[] = [];
  let openBytes = 0;
  let lineIsEmpty = true;
  /** The last byte was a CR: an LF now belongs to the same line end. */
  let afterCarriageReturn = false;
  /** That CR ended an empty line, so the event is whole as soon as we know whether an LF follows. */
  let endsAfterCarriageReturn = false;

  function read(raw: Uint8Array, end = ""): SseEvent {
    parsed = undefined;
    const text = decoder.decode(raw) + end;
    // The parser holds back a last CR until it sees whether an LF follows.
    parser.feed(text.endsWith("\r") ? `${text}\n` : text);
    return { raw, ...(parsed as { event?: string; data: string } | undefined) };
  }

  function takeOpen(last: Uint8Array): Uint8Array {
    if (open.length === 0) return last;
    const raw = Buffer.concat([...open, last]);
    open = [];
    openBytes = 0;
    return raw;
  }

  function push(piece: Uint8Array): SseEvent[] {
    const events: SseEvent[] = [];
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    // A stream has its line ends of one kind.
    const isUsual = bytes.indexOf(carriageReturn) < 0;
    let start = 0;
    const endAt = (end: number): void => {
      events.push(read(takeOpen(piece.subarray(start, end))));
      start = end;
      lineIsEmpty = true;
    };
    for (let position = 0; position < piece.length; position += 1) {
      if (isUsual && position === start && openBytes === 0 && !afterCarriageReturn) {
        const usual = readUsual(bytes, start);
        if (usual !== undefined) {
          events.push(usual);
          start += usual.raw.length;
          position = start - 1;
          continue;
        }
      }
      const byte = piece[position];
      if (afterCarriageReturn) {
        afterCarriageReturn = false;
        const ends = endsAfterCarriageReturn;
        endsAfterCarriageReturn = false;
        if (byte === lineFeed) {
          if (ends) endAt(position + 1);
          continue;
        }
        if (ends) endAt(position);
      }
      if (byte === lineFeed) {
        if (lineIsEmpty) endAt(position + 1);
        lineIsEmpty = true;
      } else if (byte === carriageReturn) {
        afterCarriageReturn = true;
        endsAfterCarriageReturn = lineIsEmpty;
        lineIsEmpty = true;
      } else {
        lineIsEmpty = false;
      }
    }
    if (start < piece.length) {
      open.push(piece.subarray(start));
      openBytes += piece.length - start;
      if (openBytes > maxEventBytes) {
        throw new SluiceError("provider_invalid_reply", "The provider sent an event that is too large.");
      }
    }
    return events;
  }

  function finish(): SseEnd {
    if (openBytes === 0) return { events: [], rest: nothing, cut: false };
    const raw = takeOpen(nothing);
    // A last line that has its end is whole; only the blank line is missing, which some servers leave out.
    if (!lineIsEmpty) return { events: [], rest: raw, cut: true };
    return { events: [read(raw, "\n\n")], rest: nothing, cut: false };
  }

  return { push, finish };
}

/**
 * Reads an event of the form that the providers send: a data line, perhaps a name before it, line feeds.
 * @returns undefined where it is not whole, or of another form
 */
function readUsual(bytes: Buffer, start: number): SseEvent | undefined {
  let event: string | undefined;
  let position = start;
  if (startsWith(bytes, position, eventLine)) {
    const end = bytes.indexOf(lineFeed, position);
    if (end <= position + eventLine.length) return undefined;
    event = bytes.toString("utf8", position + eventLine.length, end);
    position = end + 1;
  }
  if (!startsWith(bytes, position, dataLine)) return undefined;
  const end = bytes.indexOf(lineFeed, position);
  if (end <= position + dataLine.length || bytes[end + 1] !== lineFeed) return undefined;
  const data = bytes.toString("utf8", position + dataLine.length, end);
  const raw = bytes.subarray(start, end + 2);
  return event === undefined ? { raw, data } : { raw, event, data };
}

function startsWith(bytes: Buffer, position: number, line: Buffer): boolean {
  for (let index = 0; index < line.length; index++) {
    if (bytes[position + index] !== line[index]) return false;
  }
  return true;
}
