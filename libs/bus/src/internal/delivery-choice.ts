import type { AcceptedFrame } from "@sluice/contracts/frames";
import type { Party } from "@sluice/contracts/party";
import type { RequestKey } from "./request-key.ts";

/**
 * Which delivery of a request may call the provider; the origin's half of why a request is paid once.
 *
 * Leave is given in one place, {@link answer}, and only while no delivery is chosen, which the same step of the
 * program changes. A reply or an error that comes first chooses just as well. A choice is taken back in one place,
 * {@link takeBack}: at most once in a request's life, and only where the router that had leave said that its route
 * allows to pay twice. So there is one leave, or two where two were allowed, each for a delivery of its own.
 */
export class DeliveryChoice {
  #chosen: { key: RequestKey; accepted: AcceptedFrame | undefined } | undefined;
  #takenBack = false;

  /** The chosen delivery. */
  get key(): RequestKey | undefined {
    return this.#chosen?.key;
  }

  /** The router that has leave to call the provider. */
  get holder(): Party | undefined {
    return this.#chosen?.accepted?.holder;
  }

  /** A router asks for leave. @returns what it is told; undefined for one that has asked before */
  answer(key: RequestKey, accepted: AcceptedFrame): "proceed" | "cancel" | undefined {
    if (this.#chosen === undefined) {
      this.#chosen = { key, accepted };
      return "proceed";
    }
    // A question that arrives twice must neither be granted twice nor stop the one that was granted.
    const again = key === this.#chosen.key && this.holder?.instance === accepted.holder.instance;
    return again ? undefined : "cancel";
  }

  /** A delivery is answered by a step that needs no leave. */
  opened(key: RequestKey): void {
    this.#chosen ??= { key, accepted: undefined };
  }

  /** The chosen delivery is lost. @returns whether another one may be chosen in its place */
  takeBack(): boolean {
    if (this.#takenBack || this.#chosen?.accepted?.repeatable !== true) return false;
    this.#takenBack = true;
    this.#chosen = undefined;
    return true;
  }
}
