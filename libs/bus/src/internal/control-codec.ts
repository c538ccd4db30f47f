import { type ControlType, controlTypes } from "@sluice/contracts/control";
import { MalformedMessage } from "./malformed-message.ts";
import { type RequestKey, readRequestKey, requestIdBytes, writeRequestKey } from "./request-key.ts";

const version = 1;
const amountBytes = 6;
const messageBytes = 1 + 1 + 1 + requestIdBytes + amountBytes;
const typeNames = Object.keys(controlTypes) as ControlType[];

export interface ControlMessage {
  type: ControlType;
  key: RequestKey;
  /** For `credit`: the total granted since the reply began. 0 otherwise. */
  bytes: number;
}

/** Control on the bus: version (1 byte), type (1), delivery (1), request id (16), bytes (6, big endian). */
export function encodeControl({ type, key, bytes }: ControlMessage): Buffer {
  const message = Buffer.allocUnsafe(messageBytes);
  message[0] = version;
  message[1] = controlTypes[type];
  message.writeUIntBE(bytes, writeRequestKey(message, key, 2), amountBytes);
  return message;
}

/** @throws MalformedMessage when it is no control message of this version */
export function decodeControl(message: Uint8Array): ControlMessage {
  const buffer = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  if (buffer.length !== messageBytes) throw new MalformedMessage("control", `${buffer.length} bytes long`);
  if (buffer[0] !== version) throw new MalformedMessage("control", `version ${buffer[0]} is not ${version}`);
  const type = typeNames[buffer.readUInt8(1)];
  if (type === undefined) throw new MalformedMessage("control", `unknown type ${buffer[1]}`);
  return {
    type,
    key: readRequestKey(buffer, 2),
    bytes: buffer.readUIntBE(messageBytes - amountBytes, amountBytes),
  };
}
