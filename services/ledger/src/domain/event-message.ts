/** A message of the event stream. */
export interface EventMessage {
  subject: string;
  data: Uint8Array;
  /** Position in the stream. */
  streamSequence: number;
  /** When the stream took it, epoch milliseconds by the stream's clock. */
  publishedAtMs: number;
}
