import type { Envelope, IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { PipelineService } from "@sluice/contracts/subjects";
import type { Bus } from "./bus.ts";
import { deleteClaim, getClaim, putClaim } from "./claim-check.ts";
import type { FrameReader } from "./frame-reader.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { type Exchange, exchangeOf, type WorkingDelivery } from "./internal/exchange.ts";
import { type Breakable, OpenDeliveries } from "./internal/open-deliveries.ts";
import { requestKey } from "./internal/request-key.ts";
import type { RequestMessage, ServedStep, Transport } from "./internal/transport.ts";
import { transportOf } from "./internal/transport-of.ts";

/** One delivery of a request to a step, and what the step can do with it. */
export interface StepDelivery {
  readonly envelope: Envelope;
  /**
   * Aborted when the work is to end. The reason is always a SluiceError: `client_closed` (the reader of the reply
   * cancelled or is gone), `deadline_exceeded`, `holder_lost` (the step is stopped) or `bus_unavailable` (the bus is
   * lost).
   */
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
  accept(options?: AcceptOptions): Promise<boolean>;
}

export interface AcceptOptions {
  /**
   * The route allows to pay twice: should this process be lost before anything of the reply has come, the origin
   * may send the request once more, and let another delivery call the provider. @default false
   */
  repeatable?: boolean;
}

export interface PipelineStepOptions {
  service: PipelineService;
  /** What `nats micro info` says of it. */
  description: string;
  handler: (delivery: StepDelivery) => void | Promise<void>;
}

export interface PipelineStep {
  /**
   * Leaves the queue group: new requests go to others, what was delivered to this process is still handled. Resolves
   * when all of it is answered or passed on. What still is open after `drainMs` is broken off: its signal aborts with
   * `holder_lost`, which the handler is to answer with; one that ignores its signal holds this up.
   */
  stop(drainMs: number): Promise<void>;
}

/**
 * Serves one step of the pipeline: takes requests from its subject in a queue group named as the service.
 * A handler that throws refuses the request; the process and the other requests go on.
 */
export async function servePipelineStep(bus: Bus, options: PipelineStepOptions): Promise<PipelineStep> {
  const transport = transportOf(bus);
  const exchange = exchangeOf(bus);
  const open = new OpenDeliveries();
  const run = async (delivery: Delivery, served: ServedStep): Promise<void> => {
    const { envelope } = delivery;
    exchange.startWork(delivery);
    try {
      await options.handler(delivery);
    } catch (error) {
      served.countError();
      const refusal = SluiceError.from(error);
      if (refusal.code === "internal")
        bus.logger.error({ err: error, requestId: envelope.requestId }, "a request failed");
      delivery.refuse(refusal);
    } finally {
      delivery.finish();
    }
  };
  const take = (request: RequestMessage, by: ServedStep): Promise<void> => {
    bus.metrics.queueWait(Math.max(0, Date.now() - request.envelope.sentAtMs));
    const delivery = new Delivery(bus, transport, exchange, request);
    return open.track(delivery, run(delivery, by));
  };
  const served = await transport.serve(options.service, options.description, take);
  return { stop: (drainMs) => stopStep(served, open, drainMs) };
}

async function stopStep(served: ServedStep, open: OpenDeliveries, drainMs: number): Promise<void> {
  const overdue = setTimeout(() => open.breakOff(stopped()), drainMs);
  try {
    await served.leave();
    await open.allDone();
  } finally {
    clearTimeout(overdue);
  }
}

function stopped(): SluiceError {
  return new SluiceError("holder_lost", "The part of the gateway that held the request was stopped.");
}

class Delivery implements StepDelivery, WorkingDelivery, Breakable {
  readonly envelope: Envelope;
  readonly #bus: Bus;
  readonly #transport: Transport;
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

  constructor(bus: Bus, transport: Transport, exchange: Exchange, { envelope, body }: RequestMessage) {
    this.#bus = bus;
    this.#transport = transport;
    this.#exchange = exchange;
    this.envelope = envelope;
    this.#body = body;
  }

  get signal(): AbortSignal {
    const reply = this.reply();
    this.#deadline ??= setTimeout(() => reply.breakOff(timeOver()), this.remainingMs());
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
    if (remainingMs === 0) throw timeOver();
    const reader = this.#reader === undefined ? envelope.reader : this.#bus.party;
    const onward: Envelope = { ...envelope, reader, remainingMs, sentAtMs: Date.now() };
    let bytes = this.#body;
    if (body !== undefined) {
      delete onward.claim;
      bytes = body;
      if (body.length > this.#transport.maxInlineBodyBytes) {
        const name = `${envelope.requestId}.${envelope.delivery}.${this.#bus.party.service}`;
        onward.claim = await this.#inTime(putClaim(this.#bus, name, body, { singleUse: true }));
        bytes = new Uint8Array(0);
      }
    }
    this.#transport.sendRequest(next, { envelope: onward, body: bytes });
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
      // This step's reply ends: so has the reason to read the next step's.
      writer.onBrokenOff((reason) => (writer.closed ? reader.cancel() : reader.fail(reason)));
      this.#reader = reader;
    }
    return this.#reader;
  }

  accept({ repeatable = false }: AcceptOptions = {}): Promise<boolean> {
    this.#atWork = false;
    return this.#exchange.askToProceed(this.reply(), repeatable);
  }

  /** Ends the work early, if it is this step that owes the reply. */
  breakOff(reason: SluiceError): void {
    if (!this.#forwarded || this.#reader !== undefined) this.reply().breakOff(reason);
  }

  /** The handler is through: a reply that it owes and never closed is broken off, not left to hang. */
  finish(): void {
    this.#exchange.endWork(this);
    clearTimeout(this.#deadline);
    this.#reader?.cancel();
    if (this.#writer === undefined || this.#writer.closed) return;
    if (this.#forwarded && this.#reader === undefined) this.#writer.release();
    else
      this.#writer.error(
        this.#writer.brokenOffBy ?? new SluiceError("internal", "The reply was not finished."),
      );
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
    const stop = (): void => over.reject(reasonOf(signal));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    try {
      return await Promise.race([work, over.promise]);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}

function timeOver(): SluiceError {
  return new SluiceError("deadline_exceeded", "The request took longer than the gateway allows.");
}

function reasonOf(signal: AbortSignal): SluiceError {
  return SluiceError.from(signal.reason);
}
