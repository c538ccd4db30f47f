import type { Claim, Envelope } from "@sluice/contracts/envelope";
import type { AcceptedFrame } from "@sluice/contracts/frames";
import type { Party } from "@sluice/contracts/party";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { PipelineService } from "@sluice/contracts/subjects";
import type { Bus } from "./bus.ts";
import { deleteClaim, putClaim } from "./claim-check.ts";
import { FrameReader, type ReplyFrame } from "./frame-reader.ts";
import { DeliveryChoice } from "./internal/delivery-choice.ts";
import { type Exchange, exchangeOf, type FrameSink } from "./internal/exchange.ts";
import type { Frame } from "./internal/frame.ts";
import { errorIn, hopefulCodes, lossCodes, lostWith } from "./internal/lost-delivery.ts";
import { type RequestKey, requestKey } from "./internal/request-key.ts";
import { sendControl } from "./internal/send-control.ts";
import type { Transport } from "./internal/transport.ts";
import { transportOf } from "./internal/transport-of.ts";
import { maxUnheardDeliveries } from "./timings.ts";

/** The delivery is one byte on the wire. */
const maxDeliveries = 255;
/** Pause before a request is sent again when a step had no instance. */
const unreachablePauseMs = 100;
const noBytes = new Uint8Array(0);

/** What the origin knows of a request; the rest of the envelope is the bus's own. */
export type OriginEnvelope = Omit<
  Envelope,
  "delivery" | "origin" | "reader" | "sentAtMs" | "remainingMs" | "claim"
>;

/** Where a delivery goes first. */
export interface FirstStep {
  step: PipelineService;
  /** What travels with it: the envelope, or one that says more. */
  envelope: Envelope;
}

export interface OriginRequest {
  envelope: OriginEnvelope;
  /** The client's bytes. */
  body: Uint8Array;
  /** Milliseconds after which the request is over, whatever has been answered by then. */
  timeoutMs: number;
  /**
   * Where each of its deliveries goes, for an origin that knows who asks and whether they may.
   * @default auth, which finds that out
   */
  first?: (envelope: Envelope) => FirstStep;
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
  readonly #transport: Transport;
  readonly #exchange: Exchange;
  readonly #request: OriginRequest;
  readonly #startedMs = performance.now();
  readonly #keys: RequestKey[] = [];
  readonly #reader: FrameReader;
  readonly #choice = new DeliveryChoice();
  /** Why the request was sent once more after a router had leave: how it ends if nothing comes of that either. */
  #loss: SluiceError | undefined;
  #claim: Claim | undefined;
  #storing = false;
  #signOfLifeMs = performance.now();
  #unheard = 0;
  #unreachableSinceMs: number | undefined;
  #over = false;

  constructor(bus: Bus, exchange: Exchange, request: OriginRequest) {
    this.#bus = bus;
    this.#transport = transportOf(bus);
    this.#exchange = exchange;
    this.#request = request;
    this.#reader = new FrameReader(bus, (whole) => this.#end(whole));
  }

  start(): void {
    if (this.#request.body.length <= this.#transport.maxInlineBodyBytes) this.#deliver();
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
      const first = this.#request.first?.(onward) ?? { step: "auth" as const, envelope: onward };
      this.#transport.sendRequest(first.step, {
        envelope: first.envelope,
        body: this.#claim === undefined ? body : noBytes,
      });
    } catch (error) {
      this.#giveUp(SluiceError.from(error));
    }
  }

  #sinkOf(key: RequestKey): FrameSink {
    return {
      accepted: (accepted) => this.#answer(key, accepted),
      take: (frames, writer) => this.#take(key, frames, writer),
      tick: () => this.#tick(key),
      gone: (writer) => {
        if (key === this.#choice.key) this.#loseIf(this.#reader.lostWith(writer));
      },
      fail: (error) => this.#giveUp(this.#choice.holder === undefined ? error : lostWith(error)),
    };
  }

  #answer(key: RequestKey, accepted: AcceptedFrame): "proceed" | "cancel" | undefined {
    const answer = this.#choice.answer(key, accepted);
    if (answer === "proceed") this.#reader.follow(key, accepted);
    return answer;
  }

  #take(key: RequestKey, frames: readonly Frame[], writer: Party | undefined): void {
    this.#signOfLifeMs = performance.now();
    const opening = frames.find((frame) => frame.type !== "heartbeat");
    if (this.#choice.key === undefined) {
      if (opening === undefined) return;
      const setback = errorIn(opening, hopefulCodes);
      if (setback !== undefined) {
        this.#trySoonAfter(key, setback);
        return;
      }
      this.#choice.opened(key);
      this.#reader.follow(key);
    }
    if (key !== this.#choice.key) return;
    const loss = this.#reader.opened || opening === undefined ? undefined : errorIn(opening, lossCodes);
    if (loss === undefined) this.#reader.take(frames, writer);
    else this.#loseIf(loss);
  }

  /** A step without instances is tried again for a while: a restarting replica should cost no request. */
  #trySoonAfter(key: RequestKey, setback: SluiceError): void {
    // A delivery that was given up already has another one on its way in its place.
    if (key !== this.#keys.at(-1)) return;
    this.#unreachableSinceMs ??= performance.now();
    const waitedMs = performance.now() - this.#unreachableSinceMs;
    const patienceMs = this.#exchange.timings.unreachableMs;
    if (waitedMs + unreachablePauseMs > patienceMs || this.#keys.length === maxDeliveries) {
      this.#giveUp(setback);
      return;
    }
    setTimeout(() => {
      if (!this.#over && this.#choice.key === undefined && key === this.#keys.at(-1)) this.#deliverAgain();
    }, unreachablePauseMs);
  }

  #tick(key: RequestKey): void {
    if (performance.now() - this.#startedMs > this.#request.timeoutMs) {
      const text = "The request took longer than the gateway allows.";
      this.#reader.fail(new SluiceError("deadline_exceeded", text));
    } else if (this.#choice.key !== undefined) {
      if (key === this.#choice.key) this.#loseIf(this.#reader.lostBySilence(this.#exchange.timings));
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
      this.#giveUp(new SluiceError("service_unavailable", text, { retryAfterMs: 1000 }));
    }
  }

  /** The chosen delivery is lost: that is the end, unless nothing of its reply has come and it may be paid again. */
  #loseIf(loss: SluiceError | undefined): void {
    if (loss === undefined) return;
    const { key, holder } = this.#choice;
    const mayRepeat = !this.#reader.opened && this.#keys.length < maxDeliveries && this.#choice.takeBack();
    if (!mayRepeat) {
      this.#reader.fail(loss);
      return;
    }
    this.#loss = loss;
    const { requestId } = this.#request.envelope;
    this.#bus.logger.warn({ requestId, err: loss }, "a request that may have been paid is sent once more");
    if (key !== undefined && holder !== undefined) this.#cancelAt(holder, key);
    this.#reader.unfollow();
    // Whatever comes of the deliveries so far comes too late: their routers are told to cancel.
    for (const each of this.#keys) this.#exchange.removeSink(each);
    this.#unheard = 0;
    this.#unreachableSinceMs = undefined;
    this.#deliverAgain();
  }

  /** Ends a request that no router has leave for. */
  #giveUp(error: SluiceError): void {
    this.#reader.fail(this.#loss ?? error);
  }

  #deliverAgain(): void {
    this.#bus.metrics.resent();
    this.#deliver();
  }

  /** @param whole whether the reply came to its end; if not, whoever holds the request is told to stop */
  #end(whole: boolean): void {
    if (this.#over) return;
    this.#over = true;
    for (const key of this.#keys) this.#exchange.removeSink(key);
    const { key: chosen, holder } = this.#choice;
    if (!whole && holder !== undefined && chosen !== undefined) this.#cancelAt(holder, chosen);
    this.#dropClaim();
  }

  /** Tells the router itself, whoever stands between: it is the provider's call that must stop. */
  #cancelAt(holder: Party, key: RequestKey): void {
    sendControl(this.#bus, holder, { type: "cancel", key, bytes: 0 });
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
