import type { Envelope } from "@sluice/contracts/envelope";
import type { Party } from "@sluice/contracts/party";
import type { PipelineService } from "@sluice/contracts/subjects";
import type { ControlMessage } from "./control-codec.ts";
import type { Frame, OutgoingFrame } from "./frame.ts";
import type { RequestKey } from "./request-key.ts";

/**
 * How what the parts of the mesh say to each other about requests gets from one to the other. What is durable
 * (events, configuration, claimed bodies) and what makes services known go over NATS whatever the transport.
 *
 * What is handed over is never changed afterwards, by either side: the in-process transport passes it on as it is.
 * Messages from one instance to another arrive in their order.
 */
export interface Transport {
  /** Larger bodies go by claim check. */
  readonly maxInlineBodyBytes: number;
  /** Takes what is said to this instance, from now on. To be called once. */
  listen(listener: TransportListener): void;
  /** Takes requests of a step, of which each goes to one of those who serve it. Resolves when they come. */
  serve(step: PipelineService, description: string, handle: RequestHandler): Promise<ServedStep>;
  /**
   * Sends a request to one of those who serve a step. Where nobody does, `unreachable` says so.
   * @throws SluiceError `bus_unavailable` when the bus is lost or takes nothing more
   */
  sendRequest(next: PipelineService, request: RequestMessage): void;
  /** Does some work when the turn of the event loop is over; what it sends leaves with the rest of the turn. */
  atTurnEnd(work: () => void): void;
  /**
   * Sends frames of one reply. If `asks` is set, the reader learns who writes them, and `unread` says so where
   * there is no reader any more.
   * @throws SluiceError `bus_unavailable` when the bus is lost
   */
  sendFrames(reader: Party, key: RequestKey, frames: readonly OutgoingFrame[], asks: boolean): void;
  /**
   * Says something to the instance that holds or reads a request. If `asks` is set, `unwritten` says so where
   * there is no such instance any more.
   * @throws SluiceError `bus_unavailable` when the bus is lost
   */
  sendControl(holder: Party, control: ControlMessage, asks: boolean): void;
}

export interface RequestMessage {
  envelope: Envelope;
  /** The client's bytes; none where the envelope has a claim. */
  body: Uint8Array;
}

export type RequestHandler = (request: RequestMessage, served: ServedStep) => void | Promise<void>;

/** A step as it is served, and listed on the bus with its figures. */
export interface ServedStep {
  /** Counts a request that was answered with an error. */
  countError(): void;
  /** Requests go to others from now on; what was delivered is still handled. */
  leave(): Promise<void>;
}

/** What an instance is told. What these throw is logged. */
export interface TransportListener {
  onFrames(key: RequestKey, frames: readonly Frame[], writer: Party | undefined): void;
  onControl(control: ControlMessage): void;
  /** Nobody serves the step that a request was sent to. */
  onUnreachable(next: PipelineService, reader: Party, key: RequestKey): void;
  /** An instance that reads replies is gone. */
  onUnread(reader: Party): void;
  /** The writer of a reply is gone. */
  onUnwritten(key: RequestKey, writer: Party): void;
}
