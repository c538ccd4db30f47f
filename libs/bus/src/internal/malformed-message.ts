/** A message on the bus that is not what its subject carries. The text names the fault, never the content. */
export class MalformedMessage extends Error {
  override readonly name = "MalformedMessage";

  constructor(kind: "request" | "frames" | "control" | "event", fault: string) {
    super(`malformed ${kind}: ${fault}`);
  }
}
