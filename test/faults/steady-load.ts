import { setTimeout as sleep } from "node:timers/promises";
import { Agent } from "undici";
import type { Mesh } from "../support/mesh.ts";
import { type ClientKind, type MixedRequest, mixedRequest, requestOf } from "./mixed-requests.ts";
import { type Outcome, sendMixed } from "./send-mixed.ts";

/** A request of the load, once it is over. Times are of `performance.now()`. */
export interface SentRequest {
  kind: ClientKind;
  startedMs: number;
  endedMs: number;
  outcome: Outcome;
}

export interface SteadyLoadOptions {
  mesh: Pick<Mesh, "gateway" | "apiKey">;
  /** Names the models of this load. */
  tag: string;
  /** Requests to send at least; it goes on until `finish` is called. */
  requests: number;
  perSecond: number;
  /** See {@link import("./send-mixed.ts").SendOptions}. */
  hangMs: number;
}

/** Connections of a pool of clients; requests beyond it wait for one, as in an application. */
const connections = 400;

/**
 * A load that does not slow down when the gateway does: a request each so many milliseconds, whatever became of the
 * one before.
 */
export class SteadyLoad {
  readonly #options: SteadyLoadOptions;
  readonly #agent = new Agent({ connections, pipelining: 1 });
  readonly #sent: SentRequest[] = [];
  readonly #open = new Set<Promise<void>>();
  readonly #sending: Promise<void>;
  #started = 0;
  #mayEnd = false;

  constructor(options: SteadyLoadOptions) {
    this.#options = options;
    this.#sending = this.#send();
  }

  /** Requests that were sent so far. */
  get started(): number {
    return this.#started;
  }

  /** Sends so many requests of one kind besides the others, all at once. */
  sendMore(kind: ClientKind, requests: number): void {
    const { tag, mesh } = this.#options;
    for (let more = 0; more < requests; more++) {
      const index = this.#started++;
      this.#sendOne(requestOf(kind, index, tag, mesh.apiKey));
    }
  }

  /** Resolves when so many have been sent. */
  async reached(requests: number): Promise<void> {
    while (this.#started < requests) await sleep(10);
  }

  /** Sends what is left of the requests and resolves when all of them are over. */
  async finish(): Promise<SentRequest[]> {
    this.#mayEnd = true;
    await this.#sending;
    await Promise.all(this.#open);
    await this.#agent.close();
    return this.#sent;
  }

  async #send(): Promise<void> {
    const { requests, perSecond } = this.#options;
    const startedMs = performance.now();
    while (!this.#mayEnd || this.#started < requests) {
      const due = Math.floor(((performance.now() - startedMs) / 1000) * perSecond);
      const most = this.#mayEnd ? requests : Number.POSITIVE_INFINITY;
      while (this.#started <= due && this.#started < most) this.#sendOne(this.#next());
      await sleep(5);
    }
  }

  #next(): MixedRequest {
    const { mesh, tag } = this.#options;
    return mixedRequest(this.#started++, tag, mesh.apiKey);
  }

  #sendOne(request: MixedRequest): void {
    const { mesh, hangMs } = this.#options;
    const startedMs = performance.now();
    const options = { gateway: mesh.gateway, dispatcher: this.#agent, hangMs };
    const running = sendMixed(request, options).then((outcome) => {
      this.#sent.push({ kind: request.kind, startedMs, endedMs: performance.now(), outcome });
      this.#open.delete(running);
    });
    this.#open.add(running);
  }
}
