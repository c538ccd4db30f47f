import { type ControlType, controlTypes } from "@sluice/contracts/control";
import { MalformedMessage } from "./malformed-message.ts";
import { readPacket, type Section } from "./packet.ts";
import { type RequestKey, readRequestKey, requestIdBytes, writeRequestKey } from "./request-key.ts";

const amountBytes = 6;
const sectionBytes = 1 + 1 + requestIdBytes + amountBytes;
const typeNames = Object.keys(controlTypes) as ControlType[];

export interface ControlMessage {
  type: ControlType;
  key: RequestKey;
  /** For `credit`: the total granted since the reply began. 0 otherwise. */
  bytes: number;
}

/** Control in a packet: type (1 byte), delivery (1), request id (16), bytes (6, big endian). */
export function controlSection({ type, key, bytes }: ControlMessage): Section {
  return {
    bytes: sectionBytes,
    write: (buffer, offset) => {
      buffer[offset] = controlTypes[type];
      buffer.writeUIntBE(bytes, writeRequestKey(buffer, key, offset + 1), amountBytes);
    },
  };
}

/** @throws MalformedMessage when it is no packet of control of this version */
export function decodeControl(message: Uint8Array): ControlMessage[] {
  const buffer = readPacket("control", message);
  if (buffer.length % sectionBytes !== 0)
    throw new MalformedMessage("control", `${message.length} bytes long`);
  const messages: ControlMessage[] = [];
  for (let offset = 0; offset < buffer.length; offset += sectionBytes) {
    const type = typeNames[buffer.readUInt8(offset)];
    if (type === undefined) throw new MalformedMessage("control", `unknown type ${buffer[offset]}`);
    messages.push({
      type,
      key: readRequestKey(buffer, offset + 1),
      bytes: buffer.readUIntBE(offset + sectionBytes - amountBytes, amountBytes),
    });
  }
  return messages;
}
