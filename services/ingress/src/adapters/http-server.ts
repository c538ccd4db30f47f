import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createHttpsServer, Server as HttpsServer } from "node:https";
import type { SecureContext } from "node:tls";
import { type FastifyHttpOptions, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { answerUnreadable } from "./answer-unreadable.ts";
import { Connections } from "./connections.ts";

/** The certificates that a server shows. */
export interface ServerTls {
  minVersion: "TLSv1.2" | "TLSv1.3";
  /** For clients that name no host, PEM. */
  cert: string;
  key: string;
  /** For a host that a client names; undefined for that of clients that name none. */
  contextOf(serverName: string): SecureContext | undefined;
}

export interface HttpServerOptions {
  /** Handles every request but the health checks. */
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Why the gateway can't take requests at the moment, a word each. */
  notReadyBecause: () => string[];
  /** @default undefined: plain HTTP */
  tls?: ServerTls;
}

export interface HttpServer {
  /** Not listening yet. */
  server: Server;
  connections: Connections;
  /** Shows other certificates from now on; connections that are there go on. Only where the server has TLS. */
  showCertificates(tls: ServerTls): void;
}

/** Longest header block of a request. Past it the answer is 431. */
const maxHeaderBytes = 32 * 1024;
/** Longer than the idle time of the usual load balancers, so that they close first and never find us closed. */
const keepAliveTimeoutMs = 75_000;
const headersTimeoutMs = 15_000;
const handshakeTimeoutMs = 10_000;

/**
 * The HTTP server at the edge. Bodies are left unread: the handler takes them as bytes, with limits that
 * can change while the server runs.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const take = (request: FastifyRequest, reply: FastifyReply): void => {
    reply.hijack();
    options.handle(request.raw, reply.raw).catch(() => reply.raw.destroy());
  };
  const { tls } = options;
  let shown = tls;
  const http = { maxHeaderSize: maxHeaderBytes, headersTimeout: headersTimeoutMs };
  const transport: Pick<FastifyHttpOptions<Server>, "http" | "serverFactory"> = tls === undefined
    ? { http }
    : {
        serverFactory: (handler) =>
          createHttpsServer(
            {
              ...http,
              // What Fastify sets at servers that it makes itself.
              keepAliveTimeout: keepAliveTimeoutMs,
              requestTimeout: 0,
              handshakeTimeout: handshakeTimeoutMs,
              ALPNProtocols: ["http/1.1"],
              SNICallback: (serverName, done) => done(null, shown?.contextOf(serverName)),
              minVersion: tls.minVersion,
              cert: tls.cert,
              key: tls.key,
            },
            handler,
          ),
      };
  const server = fastify({
    logger: false,
    keepAliveTimeout: keepAliveTimeoutMs,
    ...transport,
    clientErrorHandler: (error, socket) => {
      // There is no way to answer who has not come through the handshake.
      if (tls !== undefined && !connections.has(socket)) socket.destroy();
      // Bytes in the middle of another answer would be taken for a part of it.
      else if (connections.isWithinAnswer(socket)) socket.destroy();
      else answerUnreadable(error, socket, maxHeaderBytes);
    },
    frameworkErrors: (_error, request, reply) => take(request, reply),
  });
  const connections = new Connections(server.server);
  // The handler says `100 Continue`, when it wants the body.
  server.server.on("checkContinue", (request, response) => server.server.emit("request", request, response));
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", (_request, _payload, done) => done(null));
  server.get("/healthz", (_request, reply) => reply.send({ status: "ok" }));
  server.get("/readyz", (_request, reply) => {
    const reasons = options.notReadyBecause();
    return reply
      .code(reasons.length === 0 ? 200 : 503)
      .send({ status: reasons.length === 0 ? "ready" : "not ready", reasons });
  });
  // All else, also what Fastify would refuse by itself: methods and content types that it does not know.
  server.setNotFoundHandler(take);
  server.setErrorHandler((_error, request, reply) => take(request, reply));
  await server.ready();
  return {
    server: server.server,
    connections,
    showCertificates: (others) => {
      const { cert, key, minVersion } = others;
      if (!(server.server instanceof HttpsServer)) throw new Error("the server has no TLS");
      server.server.setSecureContext({ cert, key, minVersion });
      shown = others;
    },
  };
}
