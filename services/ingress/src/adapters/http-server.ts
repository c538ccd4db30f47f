import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { answerUnreadable } from "./answer-unreadable.ts";
import { Connections } from "./connections.ts";

export interface HttpServerOptions {
  /** Handles every request but the health checks. */
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Why the gateway can't take requests at the moment, a word each. */
  notReadyBecause: () => string[];
}

export interface HttpServer {
  /** Not listening yet. */
  server: Server;
  connections: Connections;
}

/** Longest header block of a request. Past it the answer is 431. */
const maxHeaderBytes = 32 * 1024;

/**
 * The HTTP server at the edge. Bodies are left unread: the handler takes them as bytes, with limits that
 * can change while the server runs.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const take = (request: FastifyRequest, reply: FastifyReply): void => {
    reply.hijack();
    options.handle(request.raw, reply.raw).catch(() => reply.raw.destroy());
  };
  const server = fastify({
    logger: false,
    // Longer than the idle time of the usual load balancers, so that they close first and never find us closed.
    keepAliveTimeout: 75_000,
    http: { maxHeaderSize: maxHeaderBytes, headersTimeout: 15_000 },
    clientErrorHandler: (error, socket) => {
      // Bytes in the middle of another answer would be taken for a part of it.
      if (connections.isWithinAnswer(socket)) socket.destroy();
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
  return { server: server.server, connections };
}
