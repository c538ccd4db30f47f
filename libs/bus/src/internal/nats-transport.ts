import type { Party } from "@sluice/contracts/party";
import {
  controlSubject,
  framesSubject,
  type PipelineService,
  parseUnreachableSubject,
  parseUnreadSubject,
  parseUnwrittenSubject,
  pipelineSubjects,
  unreachableSubject,
  unreachableWildcard,
  unreadSubject,
  unreadWildcard,
  unwrittenSubject,
  unwrittenWildcard,
} from "@sluice/contracts/subjects";
import type { Bus } from "../bus.ts";
import { connectionOf } from "./connection.ts";
import { type ControlMessage, controlSection, decodeControl } from "./control-codec.ts";
import type { OutgoingFrame } from "./frame.ts";
import { decodeFrames, frameSections } from "./frame-codec.ts";
import { outboxOf } from "./outbox.ts";
import { writePacket } from "./packet.ts";
import { publish, publishRequest } from "./publish.ts";
import { decodeRequest, encodeRequest } from "./request-codec.ts";
import { deliveryOf, type RequestKey, requestIdOf, requestKey } from "./request-key.ts";
import { registerService } from "./service-registration.ts";
import { guarded, subscribe } from "./subscribe.ts";
import type {
  RequestHandler,
  RequestMessage,
  ServedStep,
  Transport,
  TransportListener,
} from "./transport.ts";

/**
 * Every instance has a subject for each kind of message, every step one with a queue group. Whether somebody listens
 * is the server's to say: it answers "no responders" on the reply subject, whose tokens say what it is about.
 */
export class NatsTransport implements Transport {
  readonly maxInlineBodyBytes: number;
  readonly #bus: Bus;

  constructor(bus: Bus) {
    this.#bus = bus;
    this.maxInlineBodyBytes = bus.maxInlineBodyBytes;
  }

  listen(listener: TransportListener): void {
    const { party } = this.#bus;
    subscribe(this.#bus, framesSubject(party), ({ data, reply }) => {
      const writer = reply ? parseUnreadSubject(reply)?.writer : undefined;
      for (const { key, frames } of decodeFrames(data)) {
        this.#alone(() => listener.onFrames(key, frames, writer));
      }
    });
    subscribe(this.#bus, controlSubject(party), ({ data }) => {
      for (const control of decodeControl(data)) this.#alone(() => listener.onControl(control));
    });
    subscribe(this.#bus, unreachableWildcard(party), ({ subject }) => {
      const told = parseUnreachableSubject(subject);
      if (told === undefined) return;
      const { reader, requestId, delivery } = told.address;
      listener.onUnreachable(told.next, reader, requestKey(requestId, delivery));
    });
    subscribe(this.#bus, unreadWildcard(party), ({ subject }) => {
      const told = parseUnreadSubject(subject);
      if (told !== undefined) listener.onUnread(told.reader);
    });
    subscribe(this.#bus, unwrittenWildcard(party), ({ subject }) => {
      const told = parseUnwrittenSubject(subject);
      if (told !== undefined) listener.onUnwritten(requestKey(told.requestId, told.delivery), told.writer);
    });
  }

  async serve(step: PipelineService, description: string, handle: RequestHandler): Promise<ServedStep> {
    const subject = pipelineSubjects[step];
    const registration = await registerService(this.#bus, description);
    const served: ServedStep = {
      countError: () => registration.countError(),
      leave: () => registration.stop(),
    };
    const take = guarded(this.#bus, subject, (message: Uint8Array) => handle(decodeRequest(message), served));
    registration.addEndpoint(step, subject, step, take);
    await connectionOf(this.#bus).flush();
    return served;
  }

  sendRequest(next: PipelineService, { envelope, body }: RequestMessage): void {
    const { reader, delivery, requestId } = envelope;
    publishRequest(this.#bus, pipelineSubjects[next], encodeRequest(envelope, body), {
      reply: unreachableSubject(this.#bus.party, next, { reader, delivery, requestId }),
    });
  }

  atTurnEnd(work: () => void): void {
    outboxOf(this.#bus).atTurnEnd(work);
  }

  sendFrames(reader: Party, key: RequestKey, frames: readonly OutgoingFrame[], asks: boolean): void {
    const reply = asks ? unreadSubject(this.#bus.party, reader) : undefined;
    for (const section of frameSections(key, frames, this.maxInlineBodyBytes)) {
      outboxOf(this.#bus).pack(framesSubject(reader), section, reply);
    }
  }

  sendControl(holder: Party, control: ControlMessage, asks: boolean): void {
    const subject = controlSubject(holder);
    const section = controlSection(control);
    if (asks) {
      const packet = writePacket({ sections: [section], bytes: section.bytes });
      publish(this.#bus, subject, packet, { reply: this.#unwrittenSubject(control.key, holder) });
    } else outboxOf(this.#bus).pack(subject, section, undefined);
  }

  /** What goes wrong with one section must not take the others of its message with it. */
  #alone(take: () => void): void {
    try {
      take();
    } catch (error) {
      this.#bus.logger.error({ err: error }, "a part of a message was not taken");
    }
  }

  #unwrittenSubject(key: RequestKey, holder: Party): string {
    const address = { reader: this.#bus.party, delivery: deliveryOf(key), requestId: requestIdOf(key) };
    return unwrittenSubject(address, holder);
  }
}
