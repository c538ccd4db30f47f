import { Agent, type Dispatcher } from "undici";
import { type ProviderCall, ProviderExchange, type ProviderReply } from "./provider-exchange.ts";

/** Idle connections are kept this long, unless the provider says otherwise. */
const keepAliveMs = 30_000;

/** Calls providers over kept connections. */
export class ProviderClient {
  /** One pool per connect timeout, which undici has per agent. */
  readonly #agents = new Map<number, Agent>();

  /**
   * Sends a request and resolves with the head of the reply.
   * @throws SluiceError `provider_unreachable` when no connection was made (nothing can have been billed),
   *   `provider_stream_cut` when it hung up without an answer, `provider_timeout`, `client_closed`
   */
  call(call: ProviderCall): Promise<ProviderReply> {
    return new Promise((resolve, reject) => {
      const exchange = new ProviderExchange(call, resolve, reject);
      const options: Dispatcher.DispatchOptions = {
        origin: call.origin,
        path: call.path,
        method: call.method,
        headers: call.headers,
        body: call.body ?? null,
      };
      this.#agent(call.timeouts.connectMs).dispatch(options, exchange);
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
  }

  #agent(connectMs: number): Agent {
    let agent = this.#agents.get(connectMs);
    if (agent === undefined) {
      // The exchange keeps the time of headers and body itself: undici has them per agent, not per call.
      agent = new Agent({
        connect: { timeout: connectMs },
        headersTimeout: 0,
        bodyTimeout: 0,
        keepAliveTimeout: keepAliveMs,
        pipelining: 1,
      });
      this.#agents.set(connectMs, agent);
    }
    return agent;
  }
}
