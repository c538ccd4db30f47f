import { SluiceError } from "@sluice/contracts/sluice-error";
import type { MsgHdrs } from "nats";
import type { BusConnection } from "../bus.ts";
import { backlogOf } from "./backlog.ts";
import { busLost } from "./bus-lost.ts";
import { connectionOf, oncePerBus } from "./connection.ts";
import { type Packet, type Section, writePacket } from "./packet.ts";
import { guarded } from "./subscribe.ts";

export interface PublishOptions {
  reply?: string;
  headers?: MsgHdrs;
}

interface OutgoingMessage {
  subject: string;
  payload: Uint8Array | Packet;
  options: PublishOptions | undefined;
}

/** A packet is closed at this size: a larger message would hold up the others on the connection. */
const fullPacketBytes = 128 * 1024;

/**
 * What a turn of the event loop says leaves at its end, in one write to the socket: a write, and waking up who reads
 * it, costs more than all else about a small message. What is said to one instance leaves as one message, since the
 * server and both ends pay by the message.
 */
class Outbox {
  readonly #bus: BusConnection;
  #messages: OutgoingMessage[] = [];
  /** Those that still take sections, by their subject. */
  readonly #open = new Map<string, { packet: Packet; message: OutgoingMessage }>();
  #atTurnEnd: (() => void)[] = [];
  #scheduled = false;

  constructor(bus: BusConnection) {
    this.#bus = bus;
    bus.onLost(() => this.#drop());
  }

  publish(subject: string, payload: Uint8Array, options: PublishOptions | undefined): void {
    this.#checkConnected();
    const largestBytes = connectionOf(this.#bus).info?.max_payload ?? Number.POSITIVE_INFINITY;
    if (payload.length > largestBytes) {
      throw new SluiceError("internal", `A message of ${payload.length} bytes is too large for the bus.`);
    }
    this.#messages.push({ subject, payload, options });
    backlogOf(this.#bus).add(payload.length);
    this.#schedule();
  }

  /** @param reply where the server says that nobody reads the packet's subject; the same for all of a subject */
  pack(subject: string, section: Section, reply: string | undefined): void {
    this.#checkConnected();
    const { packet, message } = this.#openPacket(subject, section.bytes);
    packet.sections.push(section);
    packet.bytes += section.bytes;
    backlogOf(this.#bus).add(section.bytes);
    if (reply !== undefined) message.options = { reply };
    this.#schedule();
  }

  atTurnEnd(work: () => void): void {
    this.#atTurnEnd.push(work);
    this.#schedule();
  }

  /** Hands all to the connection. */
  send(): void {
    // What they say leaves with the rest.
    for (const work of this.#atTurnEnd.splice(0))
      guarded(this.#bus, "work at the end of a turn", work)(undefined);
    this.#scheduled = false;
    const messages = this.#messages;
    this.#drop();
    const connection = connectionOf(this.#bus);
    for (const { subject, payload, options } of messages) {
      const bytes = payload instanceof Uint8Array ? payload : writePacket(payload);
      try {
        connection.publish(subject, bytes, options);
      } catch (error) {
        this.#bus.logger.warn({ err: error, subject }, "a message could not be sent");
      }
    }
    backlogOf(this.#bus).handedOver();
  }

  #openPacket(subject: string, bytes: number) {
    const open = this.#open.get(subject);
    if (open !== undefined && open.packet.bytes + bytes <= fullPacketBytes) return open;
    const packet: Packet = { sections: [], bytes: 0 };
    const message: OutgoingMessage = { subject, payload: packet, options: undefined };
    const opened = { packet, message };
    this.#open.set(subject, opened);
    this.#messages.push(message);
    return opened;
  }

  /** The client would keep what is published while the connection is down. */
  #checkConnected(): void {
    if (!this.#bus.connected) throw busLost();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.send());
  }

  #drop(): void {
    this.#messages = [];
    this.#open.clear();
  }
}

/** The outbox of a connection. */
export const outboxOf = oncePerBus((bus: BusConnection) => new Outbox(bus));
