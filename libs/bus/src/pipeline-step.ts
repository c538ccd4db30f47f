import type { Envelope, IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { type PipelineService, pipelineSubjects, unreachableSubject } from "@sluice/contracts/subjects";
import type { Bus } from "./bus.ts";
import { deleteClaim, getClaim, putClaim } from "./claim-check.ts";
import type { FrameReader } from "./frame-reader.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { connectionOf } from "./internal/connection.ts";
import { type Exchange, exchangeOf, type WorkingDelivery } from "./internal/exchange.ts";
import { publish } from "./internal/publish.ts";
import { decodeRequest, encodeRequest } from "./internal/request-codec.ts";
import { requestKey } from "./internal/request-key.ts";
import { registerService, type ServiceRegistration } from "./internal/service-registration.ts";
import { guarded } from "./internal/subscribe.ts";

/** One delivery of a request to a step, and what the step can do with it. */
export interface StepDelivery {
  readonly envelope: Envelope;
  /** Aborted when the request's time is over or nobody wants the reply any more. */
  readonly signal: AbortSignal;
  /** Milliseconds left, by this process's clock. */
  remainingMs(): number;
  /**
   * The envelope of a request whose identity auth has set.
   * @throws SluiceError `internal` for one that came round auth
   */
  identified(): IdentifiedEnvelope;
  /** The client's bytes, from behind the envelope or from the object store. */
  body(): Promise<Uint8Array>;
  /** Passes the request on. @param body in place of the client's; left out, the bytes go on as they came */
  forward(next: PipelineService, envelope: Envelope, body?: Uint8Array): Promise<void>;
  /** Answers with an error and nothing else. */
  refuse(error: SluiceError): void;
  /** Answers from here. The same writer at each call. */
  reply(): FrameWriter;
  /** Puts this instance on the way back: to be called before `forward`, then iterated and written to `reply()`. */
  intercept(): FrameReader;
  /** Tells the origin that the request is here and asks for its leave to call the provider. */
  accept(): Promise<boolean>;
}

export interface PipelineStepOptions {
  service: PipelineService;
  /** What `nats micro info` says of it. */
  description: string;
  handler: (delivery: StepDelivery) => void | Promise<void>;
}

export interface PipelineStep {
  /** Leaves the queue group, then waits until what was taken is answered or passed on. */
  stop(): Promise<void>;
}

/**
 * Serves one step of the pipeline: takes requests from its subject in a queue group named as the service.
 * A handler that throws refuses the request; the process and the other requests go on.
 */
export async function servePipelineStep(bus: Bus, options: PipelineStepOptions): Promise<PipelineStep> {
  const subject = pipelineSubjects[options.service];
  const exchange = exchangeOf(bus);
  const open = new Set<Promise<void>>();
  const registration = await registerService(bus, options.description);
  const run = async (message: Uint8Array): Promise<void> => {
    const { envelope, body } = decodeRequest(message);
    bus.metrics.queueWait(Math.max(0, Date.now() - envelope.sentAtMs));
    const delivery = new Delivery(bus, exchange, envelope, body);
    exchange.startWork(delivery);
    try {
      await options.handler(delivery);
    } catch (error) {
      registration.countError();
      const refusal = SluiceError.from(error);
      if (refusal.code === "internal")
        bus.logger.error({ err: error, requestId: envelope.requestId }, "a request failed");
      delivery.refuse(refusal);
    } finally {
      delivery.finish();
    }
  };
  const handle = guarded(bus, subject, (message: Uint8Array) => {
    const running = run(message);
    open.add(running);
    return running.finally(() => open.delete(running));
  });
  registration.addEndpoint(options.service, subject, options.service, handle);
  await connectionOf(bus).flush();
  return { stop: () => stopStep(registration, open) };
}

async function stopStep(registration: ServiceRegistration, open: Set<Promise<void>>): Promise<void> {
  await registration.stop();
  while (open.size > 0) await Promise.allSettled(open);
}

class Delivery implements StepDelivery, WorkingDelivery {
  readonly envelope: Envelope;
  readonly #bus: Bus;
  readonly #exchange: Exchange;
  readonly #body: Uint8Array;
  readonly #startedMs = performance.now();
  #fetched: Uint8Array | undefined;
  #forwarded = false;
  /** Whether the origin hears of this step alone that the request is in good hands. */
  #atWork = true;
  #writer: FrameWriter | undefined;
  #reader: FrameReader | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(bus: Bus, exchange: Exchange, envelope: Envelope, body: Uint8Array) {
    this.#bus = bus;
    this.#exchange = exchange;
    this.envelope = envelope;
    this.#body = body;
  }

  get signal(): AbortSignal {
    const reply = this.reply();
    this.#deadline ??= setTimeout(() => reply.expire(), this.remainingMs());
    return reply.signal;
  }

  keepAlive(idleMs: number): void {
    if (this.#atWork && performance.now() - this.#startedMs >= idleMs) this.reply().beat(idleMs);
  }

  remainingMs(): number {
    return Math.max(0, Math.floor(this.envelope.remainingMs - (performance.now() - this.#startedMs)));
  }

  identified(): IdentifiedEnvelope {
    const { identity } = this.envelope;
    if (identity === undefined) throw new SluiceError("internal", "The request has no identity.");
    return { ...this.envelope, identity };
  }

  async body(): Promise<Uint8Array> {
    this.#fetched ??= await this.#fetchBody();
    return this.#fetched;
  }

  async forward(next: PipelineService, envelope: Envelope, body?: Uint8Array): Promise<void> {
    const remainingMs = this.remainingMs();
    if (remainingMs === 0)
      throw new SluiceError("deadline_exceeded", "The request took longer than the gateway allows.");
    const reader = this.#reader === undefined ? envelope.reader : this.#bus.party;
    const onward: Envelope = { ...envelope, reader, remainingMs, sentAtMs: Date.now() };
    let bytes = this.#body;
    if (body !== undefined) {
      delete onward.claim;
      bytes = body;
      if (body.length > this.#bus.maxInlineBodyBytes) {
        const name = `${envelope.requestId}.${envelope.delivery}.${this.#bus.party.service}`;
        onward.claim = await this.#inTime(putClaim(this.#bus, name, body, { singleUse: true }));
        bytes = new Uint8Array(0);
      }
    }
    const { requestId, delivery } = envelope;
    publish(this.#bus, pipelineSubjects[next], encodeRequest(onward, bytes), {
      reply: unreachableSubject(this.#bus.party, next, { reader, delivery, requestId }),
    });
    this.#forwarded = true;
    this.#atWork = false;
    // From here on the reply is the next step's: whatever becomes of this handler, it has no say in it.
    if (this.#reader === undefined) this.#writer?.release();
    else this.reply().dependOn(this.#reader);
  }

  refuse(error: SluiceError): void {
    if (!this.#forwarded || this.#reader !== undefined) this.reply().error(error);
  }

  reply(): FrameWriter {
    this.#writer ??= this.#exchange.openWriter(this.envelope);
    return this.#writer;
  }

  intercept(): FrameReader {
    if (this.#reader === undefined) {
      const reader = this.#exchange.openReader(requestKey(this.envelope.requestId, this.envelope.delivery));
      const writer = this.reply();
      // Who reads this step's reply has gone: so has the reason to read the next step's.
      const stop = (): void => (writer.closed ? reader.cancel() : reader.fail(this.#reasonToStop()));
      writer.signal.addEventListener("abort", stop, { once: true });
      this.#reader = reader;
    }
    return this.#reader;
  }

  accept(): Promise<boolean> {
    this.#atWork = false;
    return this.#exchange.askToProceed(this.envelope.origin, this.reply());
  }

  /** The handler is through: a reply that it owes and never closed is broken off, not left to hang. */
  finish(): void {
    this.#exchange.endWork(this);
    clearTimeout(this.#deadline);
    this.#reader?.cancel();
    if (this.#writer === undefined || this.#writer.closed) return;
    if (this.#forwarded && this.#reader === undefined) this.#writer.release();
    else this.#writer.error(new SluiceError("internal", "The reply was not finished."));
  }

  async #fetchBody(): Promise<Uint8Array> {
    const { claim } = this.envelope;
    if (claim === undefined) return this.#body;
    const body = await this.#inTime(getClaim(this.#bus, claim));
    if (claim.singleUse) {
      deleteClaim(this.#bus, claim).catch((error: unknown) =>
        this.#bus.logger.warn(
          { err: error, requestId: this.envelope.requestId },
          "a stored body was not deleted",
        ),
      );
    }
    return body;
  }

  /** Waits for the object store no longer than the request has time and somebody wants its reply. */
  async #inTime<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    const over = Promise.withResolvers<never>();
    const stop = (): void => over.reject(this.#reasonToStop());
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    try {
      return await Promise.race([work, over.promise]);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  #reasonToStop(): SluiceError {
    return this.remainingMs() === 0
      ? new SluiceError("deadline_exceeded", "The request took longer than the gateway allows.")
      : new SluiceError("client_closed", "Nobody waits for the reply any more.");
  }
}
