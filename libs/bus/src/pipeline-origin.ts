import type { Claim, Envelope } from "@sluice/contracts/envelope";
import type { ErrorCode } from "@sluice/contracts/error-code";
import { errorFrameSchema } from "@sluice/contracts/frames";
import type { Party } from "@sluice/contracts/party";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { pipelineSubjects, unreachableSubject } from "@sluice/contracts/subjects";
import type { Bus } from "./bus.ts";
import { deleteClaim, putClaim } from "./claim-check.ts";
import { FrameReader, type ReplyFrame } from "./frame-reader.ts";
import { type Exchange, exchangeOf, type FrameSink } from "./internal/exchange.ts";
import type { RawFrame } from "./internal/frame-codec.ts";
import { decodeJson } from "./internal/json-payload.ts";
import { publish } from "./internal/publish.ts";
import { encodeRequest } from "./internal/request-codec.ts";
import { type RequestKey, requestKey } from "./internal/request-key.ts";
import { sendControl } from "./internal/send-control.ts";

/** How often a request is sent at most when nothing is heard of it. */
const maxUnheardDeliveries = 3;
/** The delivery is one byte on the wire. */
const maxDeliveries = 255;
/** Errors of a delivery that no router had leave for; another one may fare better. */
const hopefulCodes: ReadonlySet<ErrorCode> = new Set(["service_unavailable", "holder_lost"]);
/** Pause before a request is sent again when a step had no instance. */
const unreachablePauseMs = 100;
const noBytes = new Uint8Array(0);

/** What the origin knows of a request; the rest of the envelope is the bus's own. */
export type OriginEnvelope = Omit<
  Envelope,
  "delivery" | "origin" | "reader" | "sentAtMs" | "remainingMs" | "claim"
>;

export interface OriginRequest {
  envelope: OriginEnvelope;
  /** The client's bytes. */
  body: Uint8Array;
  /** Milliseconds after which the request is over, whatever has been answered by then. */
  timeoutMs: number;
}

/** The reply to a request that was sent into the pipeline; iterate it once. */
export interface PipelineReply extends AsyncIterable<ReplyFrame> {
  /** The client is gone: whoever holds the request stops, and still settles and records. */
  cancel(): void;
}

/**
 * Sends a request to the first step and gives its reply. Until a router has accepted it, the request is sent
 * again when a step has no instance or nothing is heard of it; a router calls the provider only after the
 * leave that this side gives to a single delivery, so a request is never paid twice.
 * Failures come as an `error` frame.
 */
export function sendToPipeline(bus: Bus, request: OriginRequest): PipelineReply {
  const origin = new PipelineOrigin(bus, exchangeOf(bus), request);
  origin.start();
  return origin;
}

class PipelineOrigin implements PipelineReply {
  readonly #bus: Bus;
  readonly #exchange: Exchange;
  readonly #request: OriginRequest;
  readonly #startedMs = performance.now();
  readonly #keys: RequestKey[] = [];
  readonly #reader: FrameReader;
  #chosenKey: RequestKey | undefined;
  #holder: Party | undefined;
  #claim: Claim | undefined;
  #storing = false;
  #signOfLifeMs = performance.now();
  #unheard = 0;
  #unreachableSinceMs: number | undefined;
  #over = false;

  constructor(bus: Bus, exchange: Exchange, request: OriginRequest) {
    this.#bus = bus;
    this.#exchange = exchange;
    this.#request = request;
    this.#reader = new FrameReader(bus, (whole) => this.#end(whole));
  }

  start(): void {
    if (this.#request.body.length <= this.#bus.maxInlineBodyBytes) this.#deliver();
    else this.#storeThenDeliver().catch((error: unknown) => this.#reader.fail(SluiceError.from(error)));
  }

  cancel(): void {
    this.#reader.cancel();
  }

  [Symbol.asyncIterator](): AsyncIterator<ReplyFrame, void, void> {
    return this.#reader[Symbol.asyncIterator]();
  }

  async #storeThenDeliver(): Promise<void> {
    const { envelope, body } = this.#request;
    // While the body is stored, this is how the request hears that the bus is lost or its time over.
    const key = requestKey(envelope.requestId, 1);
    this.#exchange.addSink(key, this.#sinkOf(key));
    this.#keys.push(key);
    this.#storing = true;
    const claim = await putClaim(this.#bus, envelope.requestId, body, { singleUse: false });
    this.#storing = false;
    this.#keys.pop();
    this.#claim = claim;
    if (this.#over) this.#dropClaim();
    else this.#deliver();
  }

  /** Sends the request, as one more delivery. */
  #deliver(): void {
    const delivery = this.#keys.length + 1;
    const { envelope, body } = this.#request;
    const key = requestKey(envelope.requestId, delivery);
    this.#keys.push(key);
    this.#signOfLifeMs = performance.now();
    this.#exchange.addSink(key, this.#sinkOf(key));
    const party = this.#bus.party;
    const onward: Envelope = {
      ...envelope,
      delivery,
      origin: party,
      reader: party,
      remainingMs: Math.max(0, Math.floor(this.#request.timeoutMs - (performance.now() - this.#startedMs))),
      sentAtMs: Date.now(),
    };
    if (this.#claim !== undefined) onward.claim = this.#claim;
    // Whatever is wrong with it must not be thrown at the clock that sends it again.
    try {
      const message = encodeRequest(onward, this.#claim === undefined ? body : noBytes);
      const address = { reader: party, delivery, requestId: envelope.requestId };
      publish(this.#bus, pipelineSubjects.auth, message, {
        reply: unreachableSubject(party, "auth", address),
      });
    } catch (error) {
      this.#reader.fail(SluiceError.from(error));
    }
  }

  #sinkOf(key: RequestKey): FrameSink {
    return {
      accepted: (holder) => {
        if (this.#chosenKey !== undefined) return false;
        this.#holder = holder;
        this.#choseDelivery(key);
        return true;
      },
      take: (frames, writer) => this.#take(key, frames, writer),
      tick: () => this.#tick(key),
      fail: (error) => this.#reader.fail(this.#holder === undefined ? error : lostWith(error)),
    };
  }

  #take(key: RequestKey, frames: readonly RawFrame[], writer: Party | undefined): void {
    this.#signOfLifeMs = performance.now();
    if (this.#chosenKey === undefined) {
      const opening = frames.find((frame) => frame.type !== "heartbeat");
      if (opening === undefined || this.#sendsAgainAfter(key, opening)) return;
      this.#choseDelivery(key);
    }
    if (key === this.#chosenKey) this.#reader.take(frames, writer);
  }

  /** A step without instances is tried again for a while: a restarting replica should cost no request. */
  #sendsAgainAfter(key: RequestKey, frame: RawFrame): boolean {
    if (frame.type !== "error") return false;
    const { code } = decodeJson("frames", frame.payload, errorFrameSchema);
    if (!hopefulCodes.has(code)) return false;
    // A delivery that was given up already has another one on its way in its place.
    if (key !== this.#keys.at(-1)) return true;
    this.#unreachableSinceMs ??= performance.now();
    const waitedMs = performance.now() - this.#unreachableSinceMs;
    if (waitedMs + unreachablePauseMs > this.#exchange.timings.unreachableMs) return false;
    if (this.#keys.length === maxDeliveries) return false;
    setTimeout(() => {
      if (!this.#over && this.#chosenKey === undefined && key === this.#keys.at(-1)) this.#deliverAgain();
    }, unreachablePauseMs);
    return true;
  }

  #tick(key: RequestKey): void {
    if (performance.now() - this.#startedMs > this.#request.timeoutMs) {
      const text = "The request took longer than the gateway allows.";
      this.#reader.fail(new SluiceError("deadline_exceeded", text));
    } else if (this.#chosenKey !== undefined) {
      if (key === this.#chosenKey) this.#reader.checkSilence(this.#exchange.timings.silenceMs);
    } else if (
      !this.#storing &&
      key === this.#keys.at(-1) &&
      performance.now() - this.#signOfLifeMs >= this.#exchange.timings.acceptMs
    ) {
      this.#deliverAfterSilence();
    }
  }

  #deliverAfterSilence(): void {
    this.#unheard++;
    if (this.#unheard < maxUnheardDeliveries && this.#keys.length < maxDeliveries) this.#deliverAgain();
    else {
      const text = "No part of the gateway took the request.";
      this.#reader.fail(new SluiceError("service_unavailable", text, { retryAfterMs: 1000 }));
    }
  }

  #deliverAgain(): void {
    this.#bus.metrics.resent();
    this.#deliver();
  }

  /** From here on one delivery is read and no other gets the leave to call the provider. */
  #choseDelivery(key: RequestKey): void {
    this.#chosenKey = key;
    this.#reader.follow(key);
  }

  /** @param whole whether the reply came to its end; if not, whoever holds the request is told to stop */
  #end(whole: boolean): void {
    if (this.#over) return;
    this.#over = true;
    for (const key of this.#keys) this.#exchange.removeSink(key);
    if (!whole) this.#cancelHolder();
    this.#dropClaim();
  }

  /** Tells the router itself, whoever stands between: it is the provider's call that must stop. */
  #cancelHolder(): void {
    if (this.#holder === undefined || this.#chosenKey === undefined) return;
    sendControl(this.#bus, this.#holder, { type: "cancel", key: this.#chosenKey, bytes: 0 });
  }

  #dropClaim(): void {
    const claim = this.#claim;
    if (claim === undefined) return;
    this.#claim = undefined;
    deleteClaim(this.#bus, claim).catch((error: unknown) =>
      this.#bus.logger.warn(
        { err: error, requestId: this.#request.envelope.requestId },
        "a stored body was not deleted",
      ),
    );
  }
}

/** Once a router holds the request, a lost bus means that its answer is lost, paid or not. */
function lostWith(cause: SluiceError): SluiceError {
  return new SluiceError("holder_lost", "The gateway lost the reply; the provider may have been called.", {
    cause,
  });
}
