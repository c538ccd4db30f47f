import type { Instance } from "@sluice/contracts/service-name";
import type { PipelineService } from "@sluice/contracts/subjects";
import type { Logger } from "@sluice/telemetry/logger";
import type { RequestMessage, TransportListener } from "./internal/transport.ts";

type RequestTaker = (request: RequestMessage) => void;

/**
 * So many messages may follow each other before the network has its turn for certain: a request that is answered
 * from memory and at once followed by another one would keep the process to itself.
 */
const mostAtOnce = 1000;

/** A message on its way; the log of its sender takes what goes wrong. */
interface WaitingMessage {
  deliver: () => void;
  logger: Logger;
}

/** Those who serve a step, and whose turn it is. */
interface QueueGroup {
  members: RequestTaker[];
  turn: number;
}

/**
 * Carries what the services of one process say to each other about requests, when their buses are connected with it:
 * objects are handed over as they are, without a message of NATS. It behaves as the server does: messages arrive in
 * their order and never within the call that sends them, requests go round those who serve a step, and whoever asks
 * is told when nobody is there.
 */
export class InProcessHub {
  readonly #listeners = new Map<Instance, TransportListener>();
  readonly #groups = new Map<PipelineService, QueueGroup>();
  #waiting: WaitingMessage[] = [];
  #deliveredAtOnce = 0;

  /** Makes an instance known, until it leaves. */
  join(instance: Instance, listener: TransportListener): void {
    this.#listeners.set(instance, listener);
  }

  leave(instance: Instance): void {
    this.#listeners.delete(instance);
  }

  listener(instance: Instance): TransportListener | undefined {
    return this.#listeners.get(instance);
  }

  /** Adds to those who serve a step. @returns how to leave them */
  serve(step: PipelineService, take: RequestTaker): () => void {
    const group = this.#groups.get(step) ?? { members: [], turn: 0 };
    this.#groups.set(step, group);
    group.members.push(take);
    return () => {
      group.members = group.members.filter((member) => member !== take);
    };
  }

  /** Whose turn it is to take a request. */
  next(step: PipelineService): RequestTaker | undefined {
    const group = this.#groups.get(step);
    if (group === undefined) return undefined;
    group.turn = group.turn + 1 < group.members.length ? group.turn + 1 : 0;
    return group.members[group.turn];
  }

  /**
   * Delivers a message behind all that were sent before it, once the code that runs now is through. By microtask: a
   * request crosses all steps without waiting for a turn of the event loop.
   */
  post(deliver: () => void, logger: Logger): void {
    this.#waiting.push({ deliver, logger });
    if (this.#waiting.length > 1) return;
    if (this.#deliveredAtOnce < mostAtOnce) queueMicrotask(() => this.#deliverAll());
    else
      setImmediate(() => {
        this.#deliveredAtOnce = 0;
        this.#deliverAll();
      });
  }

  #deliverAll(): void {
    // Grows while it is read: what is sent by those who are delivered to goes to its end.
    for (const { deliver, logger } of this.#waiting) {
      try {
        deliver();
      } catch (error) {
        logger.error({ err: error }, "a message between services of this process was not taken");
      }
    }
    this.#deliveredAtOnce += this.#waiting.length;
    this.#waiting = [];
  }
}
