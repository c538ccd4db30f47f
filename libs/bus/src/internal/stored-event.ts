import type { JsMsg } from "nats";

/** A durable event as it is read back. */
export interface StoredEvent {
  subject: string;
  data: Uint8Array;
  /** Position in the stream; grows. */
  streamSequence: number;
  /** How often it has been delivered, this time included. */
  deliveries: number;
  /** When the stream took it, epoch milliseconds by the server's clock. */
  publishedAtMs: number;
  /** Events of the stream that are still to be delivered after this one. */
  pending: number;
}

export function storedEvent(message: JsMsg): StoredEvent {
  return {
    subject: message.subject,
    data: message.data,
    streamSequence: message.seq,
    deliveries: message.info.deliveryCount,
    publishedAtMs: Math.floor(message.info.timestampNanos / 1e6),
    pending: message.info.pending,
  };
}
