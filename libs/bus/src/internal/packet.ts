import { MalformedMessage, type MessageKind } from "./malformed-message.ts";

const version = 1;

/** A part of a message that stands for itself; what it is about is in it. */
export interface Section {
  readonly bytes: number;
  /** Writes itself at `offset`. */
  write(buffer: Buffer, offset: number): void;
}

/** Sections for the same instance. On the bus: version (1 byte), then one section after the other. */
export interface Packet {
  sections: Section[];
  /** Of all sections. */
  bytes: number;
}

export function writePacket({ sections, bytes }: Packet): Buffer {
  const message = Buffer.allocUnsafe(1 + bytes);
  message[0] = version;
  let offset = 1;
  for (const section of sections) {
    section.write(message, offset);
    offset += section.bytes;
  }
  return message;
}

/**
 * Gives what stands behind the version; a view into the message.
 * @throws MalformedMessage when it is no packet of this version
 */
export function readPacket(kind: MessageKind, message: Uint8Array): Buffer {
  if (message.length === 0) throw new MalformedMessage(kind, "empty");
  if (message[0] !== version) throw new MalformedMessage(kind, `version ${message[0]} is not ${version}`);
  return Buffer.from(message.buffer, message.byteOffset + 1, message.byteLength - 1);
}
