export type MessageKind = "request" | "frames" | "control" | "event";

/** A message on the bus that is not what its subject carries. The text names the fault, never the content. */
export class MalformedMessage extends Error {
  override readonly name = "MalformedMessage";

  constructor(kind: MessageKind, fault: string) {
    super(`malformed ${kind}: ${fault}`);
  }
}
