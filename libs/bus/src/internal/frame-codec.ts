import {
  acceptedFrameSchema,
  endFrameSchema,
  errorFrameSchema,
  type FrameType,
  frameTypes,
  headFrameSchema,
} from "@sluice/contracts/frames";
import type { Frame, OutgoingFrame } from "./frame.ts";
import { decodeJson, encodeJson } from "./json-payload.ts";
import { MalformedMessage } from "./malformed-message.ts";
import { readPacket, type Section } from "./packet.ts";
import { type RequestKey, readRequestKey, requestIdBytes, writeRequestKey } from "./request-key.ts";

const sectionHeaderBytes = 1 + requestIdBytes + 4;
const frameHeaderBytes = 1 + 4 + 4;
const typeNames = Object.keys(frameTypes) as FrameType[];

/** A frame whose content is bytes, as JSON for all types but `data`. */
interface EncodedFrame {
  type: FrameType;
  sequence: number;
  pieces: readonly Uint8Array[];
  bytes: number;
}

/** Frames of one request, as they were in a section. */
export interface FramesOfRequest {
  key: RequestKey;
  frames: Frame[];
}

/**
 * Frames of one request in a packet: delivery (1 byte), request id (16), length of what follows (4), then for each
 * frame type (1), sequence (4), length (4) and payload. Several sections where one would be larger than `maxBytes`.
 */
export function frameSections(
  key: RequestKey,
  frames: readonly OutgoingFrame[],
  maxBytes: number,
): Section[] {
  return inSections(frames.map(encodeFrame), maxBytes).map((encoded) => sectionOf(key, encoded));
}

function encodeFrame({ type, sequence, content }: OutgoingFrame): EncodedFrame {
  const pieces = type === "data" ? content : type === "heartbeat" ? [] : [encodeJson(content)];
  return { type, sequence, pieces, bytes: pieces.reduce((bytes, piece) => bytes + piece.length, 0) };
}

/** Frames in groups, each small enough for a section. */
function inSections(frames: readonly EncodedFrame[], maxBytes: number): EncodedFrame[][] {
  const sections: EncodedFrame[][] = [];
  let section: EncodedFrame[] = [];
  let sectionBytes = 0;
  for (const frame of frames) {
    const bytes = frameHeaderBytes + frame.bytes;
    if (sectionBytes > 0 && sectionBytes + bytes > maxBytes) {
      sections.push(section);
      section = [];
      sectionBytes = 0;
    }
    section.push(frame);
    sectionBytes += bytes;
  }
  sections.push(section);
  return sections;
}

function sectionOf(key: RequestKey, frames: readonly EncodedFrame[]): Section {
  const framesBytes = frames.reduce((bytes, frame) => bytes + frameHeaderBytes + frame.bytes, 0);
  return {
    bytes: sectionHeaderBytes + framesBytes,
    write: (buffer, start) => {
      let offset = buffer.writeUInt32BE(framesBytes, writeRequestKey(buffer, key, start));
      for (const frame of frames) {
        buffer[offset] = frameTypes[frame.type];
        buffer.writeUInt32BE(frame.sequence, offset + 1);
        buffer.writeUInt32BE(frame.bytes, offset + 5);
        offset += frameHeaderBytes;
        for (const piece of frame.pieces) {
          buffer.set(piece, offset);
          offset += piece.length;
        }
      }
    },
  };
}

/**
 * Takes a packet of frames apart; data are views into it. A numbered frame whose content breaks its contract is
 * `unreadable`, so that its reply ends as an error and not in silence.
 * @throws MalformedMessage when it is no packet of frames of this version
 */
export function decodeFrames(message: Uint8Array): FramesOfRequest[] {
  const buffer = readPacket("frames", message);
  const requests: FramesOfRequest[] = [];
  let offset = 0;
  while (offset < buffer.length) {
    const start = offset + sectionHeaderBytes;
    if (start > buffer.length) throw new MalformedMessage("frames", "cut in a section header");
    const end = start + buffer.readUInt32BE(start - 4);
    if (end > buffer.length) throw new MalformedMessage("frames", "cut in a section");
    requests.push({
      key: readRequestKey(buffer, offset),
      frames: decodeSection(buffer.subarray(start, end)),
    });
    offset = end;
  }
  return requests;
}

function decodeSection(section: Buffer): Frame[] {
  const frames: Frame[] = [];
  let offset = 0;
  while (offset < section.length) {
    const start = offset + frameHeaderBytes;
    if (start > section.length) throw new MalformedMessage("frames", "cut in a frame header");
    const type = typeNames[section.readUInt8(offset)];
    if (type === undefined) throw new MalformedMessage("frames", `unknown frame type ${section[offset]}`);
    const end = start + section.readUInt32BE(offset + 5);
    if (end > section.length) throw new MalformedMessage("frames", "cut in a frame");
    frames.push(decodeFrame(type, section.readUInt32BE(offset + 1), section.subarray(start, end)));
    offset = end;
  }
  return frames;
}

function decodeFrame(type: FrameType, sequence: number, payload: Uint8Array): Frame {
  switch (type) {
    case "data":
      return { type, sequence, content: payload };
    case "heartbeat":
      return { type, sequence, content: undefined };
    case "accepted":
      return { type, sequence, content: decodeJson("frames", payload, acceptedFrameSchema) };
    default:
      return decodeNumbered(type, sequence, payload);
  }
}

function decodeNumbered(type: "head" | "end" | "error", sequence: number, payload: Uint8Array): Frame {
  try {
    switch (type) {
      case "head":
        return { type, sequence, content: decodeJson("frames", payload, headFrameSchema) };
      case "end":
        return { type, sequence, content: decodeJson("frames", payload, endFrameSchema) };
      case "error":
        return { type, sequence, content: decodeJson("frames", payload, errorFrameSchema) };
    }
  } catch (error) {
    if (error instanceof MalformedMessage) return { type: "unreadable", sequence, content: error };
    throw error;
  }
}
