import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { answerProvider } from "./answer-provider.ts";
import { answerControl } from "./control/control-api.ts";
import { Exchange } from "./delivery/exchange.ts";
import { sendJson } from "./http/send-error.ts";
import { SimulatorState } from "./simulator-state.ts";

export interface SimulatorOptions {
  /** @default 0 (any free port) */
  port?: number;
  /** @default "127.0.0.1" */
  host?: string;
}

export interface Simulator {
  /** Where the providers' paths, `/bill` and `/control/*` are, e.g. `http://127.0.0.1:4010`; no slash at its end. */
  url: string;
  port: number;
  /** Closes the port and cuts off what is still open. */
  stop(): Promise<void>;
}

/**
 * Starts OpenAI, Anthropic and Gemini in one HTTP server.
 * @throws Error with the code of node:net when the port cannot be had
 */
export async function startSimulator({
  port = 0,
  host = "127.0.0.1",
}: SimulatorOptions = {}): Promise<Simulator> {
  const state = new SimulatorState();
  // Longer than any client keeps a connection, so that it is never the simulator that closes an idle one.
  const server = createServer(
    { keepAliveTimeout: 300_000, requestTimeout: 0, noDelay: true },
    (request, response) => {
      const exchange = new Exchange(request, response);
      answer(state, exchange, request).catch(() => giveUp(exchange, response));
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, 4_096, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The simulator has no port.");
  return {
    url: `http://${host}:${address.port}`,
    port: address.port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(state: SimulatorState, exchange: Exchange, request: IncomingMessage): Promise<void> {
  const url = request.url ?? "/";
  const mark = url.indexOf("?");
  const path = mark === -1 ? url : url.slice(0, mark);
  const query = mark === -1 ? "" : url.slice(mark + 1);
  if (await answerControl(state, exchange, path, query)) return;
  await answerProvider(state, exchange, path, query);
}

/** The peer went away while it sent its request, or the simulator has a fault of its own. */
async function giveUp(exchange: Exchange, response: ServerResponse): Promise<void> {
  if (response.headersSent || response.destroyed) response.destroy();
  else await sendJson(exchange, 500, { error: { message: "The simulator failed." } });
}
