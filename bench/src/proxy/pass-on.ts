import type { IncomingMessage, ServerResponse } from "node:http";
import type { Dispatcher, Pool } from "undici";

/** Headers of a connection, which are not passed on. */
const ofConnection = /^(connection|keep-alive|transfer-encoding|te|trailer|upgrade|host|expect)$/;

/** Passes a request on and streams the answer back; a slow reader slows the upstream. */
export function passOn(pool: Pool, incoming: IncomingMessage, outgoing: ServerResponse): void {
  let controller: Dispatcher.DispatchController | undefined;
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) controller?.abort(new Error("The client has gone."));
  });
  const fail = (): void => {
    if (!outgoing.headersSent) outgoing.writeHead(502);
    outgoing.end();
  };
  pool.dispatch(
    {
      path: incoming.url ?? "/",
      method: incoming.method === "POST" ? "POST" : "GET",
      headers: passedOn(incoming.headers),
      body: incoming.method === "POST" ? incoming : null,
    },
    {
      onRequestStart(started) {
        controller = started;
      },
      onResponseStart(_, status, headers) {
        outgoing.writeHead(status, passedOn(headers));
      },
      onResponseData(started, chunk) {
        if (outgoing.write(chunk)) return;
        started.pause();
        outgoing.once("drain", () => started.resume());
      },
      onResponseEnd() {
        outgoing.end();
      },
      onResponseError: fail,
    },
  );
}

function passedOn(headers: NodeJS.Dict<string | string[]>): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !ofConnection.test(name)) kept[name] = value;
  }
  return kept;
}
