import type { Party } from "@sluice/contracts/party";
import type { PipelineService } from "@sluice/contracts/subjects";
import type { Bus } from "../bus.ts";
import type { InProcessHub } from "../in-process-hub.ts";
import { busLost } from "./bus-lost.ts";
import type { ControlMessage } from "./control-codec.ts";
import type { Frame, OutgoingFrame } from "./frame.ts";
import { type RequestKey, requestKey } from "./request-key.ts";
import { registerAlive } from "./service-registration.ts";
import { guarded } from "./subscribe.ts";
import type {
  RequestHandler,
  RequestMessage,
  ServedStep,
  Transport,
  TransportListener,
} from "./transport.ts";

/**
 * Hands messages to the other buses of a hub as they are. With the connection to NATS lost it carries nothing, as a
 * call could not be recorded.
 */
export class InProcessTransport implements Transport {
  /** A body is in the memory of this process already. */
  readonly maxInlineBodyBytes = Number.POSITIVE_INFINITY;
  readonly #bus: Bus;
  readonly #hub: InProcessHub;

  constructor(bus: Bus, hub: InProcessHub) {
    this.#bus = bus;
    this.#hub = hub;
  }

  listen(listener: TransportListener): void {
    const { instance } = this.#bus.party;
    this.#hub.join(instance, listener);
    this.#bus.onClosed(() => this.#hub.leave(instance));
  }

  async serve(step: PipelineService, description: string, handle: RequestHandler): Promise<ServedStep> {
    const registration = await registerAlive(this.#bus, description, step);
    const served: ServedStep = {
      countError: () => registration.countError(),
      leave: async () => {
        leave();
        await registration.stop();
      },
    };
    const take = guarded(this.#bus, step, (request: RequestMessage) => handle(request, served));
    const leave = this.#hub.serve(step, (request) => {
      const startedMs = performance.now();
      take(request);
      registration.countRequest(performance.now() - startedMs);
    });
    this.#bus.onClosed(leave);
    return served;
  }

  sendRequest(next: PipelineService, request: RequestMessage): void {
    this.#post(() => {
      const serve = this.#hub.next(next);
      if (serve !== undefined) {
        serve(request);
        return;
      }
      const { reader, requestId, delivery } = request.envelope;
      this.#sender()?.onUnreachable(next, reader, requestKey(requestId, delivery));
    });
  }

  atTurnEnd(work: () => void): void {
    setImmediate(work);
  }

  sendFrames(reader: Party, key: RequestKey, frames: readonly OutgoingFrame[], asks: boolean): void {
    this.#post(() => {
      const listener = this.#hub.listener(reader.instance);
      if (listener !== undefined) {
        listener.onFrames(key, frames.map(inOnePiece), asks ? this.#bus.party : undefined);
      } else if (asks) this.#sender()?.onUnread(reader);
    });
  }

  sendControl(holder: Party, control: ControlMessage, asks: boolean): void {
    this.#post(() => {
      const listener = this.#hub.listener(holder.instance);
      if (listener !== undefined) listener.onControl(control);
      else if (asks) this.#sender()?.onUnwritten(control.key, holder);
    });
  }

  #post(deliver: () => void): void {
    if (!this.#bus.connected) throw busLost();
    this.#hub.post(deliver, this.#bus.logger);
  }

  #sender(): TransportListener | undefined {
    return this.#hub.listener(this.#bus.party.instance);
  }
}

function inOnePiece(frame: OutgoingFrame): Frame {
  if (frame.type !== "data") return frame;
  const [first, ...others] = frame.content;
  const content = first !== undefined && others.length === 0 ? first : Buffer.concat(frame.content);
  return { type: "data", sequence: frame.sequence, content };
}
