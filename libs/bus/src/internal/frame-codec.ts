import { type FrameType, frameTypes } from "@sluice/contracts/frames";
import { MalformedMessage } from "./malformed-message.ts";
import { type RequestKey, readRequestKey, requestIdBytes, writeRequestKey } from "./request-key.ts";

const version = 1;
const headerBytes = 1 + 1 + requestIdBytes;
const frameHeaderBytes = 1 + 4 + 4;
const typeNames = Object.keys(frameTypes) as FrameType[];

/** A frame before and after the wire. `payload` is JSON for all types but `data`. */
export interface RawFrame {
  type: FrameType;
  /** From 0 on within one delivery; a `heartbeat` or `accepted` takes no number. */
  sequence: number;
  payload: Uint8Array;
}

/** A frame to be sent; its payload may still be in pieces. */
export interface OutgoingFrame extends Omit<RawFrame, "payload"> {
  payload: Uint8Array | readonly Uint8Array[];
}

/** Bytes that a frame takes in a message. */
export function frameBytes({ payload }: OutgoingFrame): number {
  return frameHeaderBytes + payloadBytes(payload);
}

/**
 * Frames of one request on the bus: version (1 byte), delivery (1), request id (16), then for each frame
 * type (1), sequence (4), length (4) and payload. Frames made in one turn of the event loop share a message.
 */
export function encodeFrames(key: RequestKey, frames: readonly OutgoingFrame[]): Buffer {
  let bytes = headerBytes;
  for (const frame of frames) bytes += frameBytes(frame);
  const message = Buffer.allocUnsafe(bytes);
  message[0] = version;
  let offset = writeRequestKey(message, key, 1);
  for (const frame of frames) {
    message[offset] = frameTypes[frame.type];
    message.writeUInt32BE(frame.sequence, offset + 1);
    message.writeUInt32BE(payloadBytes(frame.payload), offset + 5);
    offset += frameHeaderBytes;
    for (const piece of piecesOf(frame.payload)) {
      message.set(piece, offset);
      offset += piece.length;
    }
  }
  return message;
}

function piecesOf(payload: OutgoingFrame["payload"]): readonly Uint8Array[] {
  return payload instanceof Uint8Array ? [payload] : payload;
}

function payloadBytes(payload: OutgoingFrame["payload"]): number {
  return payload instanceof Uint8Array
    ? payload.length
    : payload.reduce((bytes, piece) => bytes + piece.length, 0);
}

/**
 * Takes a message of frames apart; payloads are views into it.
 * @throws MalformedMessage when it is no message of frames of this version
 */
export function decodeFrames(message: Uint8Array): { key: RequestKey; frames: RawFrame[] } {
  const buffer = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  if (buffer.length < headerBytes) throw new MalformedMessage("frames", "shorter than the header");
  if (buffer[0] !== version) throw new MalformedMessage("frames", `version ${buffer[0]} is not ${version}`);
  const key = readRequestKey(buffer, 1);
  const frames: RawFrame[] = [];
  let offset = headerBytes;
  while (offset < buffer.length) {
    if (offset + frameHeaderBytes > buffer.length)
      throw new MalformedMessage("frames", "cut in a frame header");
    const type = typeNames[buffer.readUInt8(offset)];
    if (type === undefined) throw new MalformedMessage("frames", `unknown frame type ${buffer[offset]}`);
    const start = offset + frameHeaderBytes;
    const end = start + buffer.readUInt32BE(offset + 5);
    if (end > buffer.length) throw new MalformedMessage("frames", "cut in a frame");
    frames.push({ type, sequence: buffer.readUInt32BE(offset + 1), payload: buffer.subarray(start, end) });
    offset = end;
  }
  return { key, frames };
}
