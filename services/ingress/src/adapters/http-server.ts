import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { getDialect } from "@sluice/dialects/dialects";
import { type FastifyInstance, fastify } from "fastify";

export interface HttpServerOptions {
  /** Handles every request but the health checks. */
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Why the gateway can't take requests at the moment, a word each. */
  notReadyBecause: () => string[];
}

/** Longest header block of a request. Past it the answer is 431. */
const maxHeaderBytes = 32 * 1024;

/**
 * The HTTP server at the edge. Bodies are left unread: the handler takes them as bytes, with limits that
 * can change while the server runs.
 */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const server = fastify({
    logger: false,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    // Longer than the idle time of the usual load balancers, so that they close first and never find us closed.
    keepAliveTimeout: 75_000,
    http: { maxHeaderSize: maxHeaderBytes, headersTimeout: 15_000 },
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (_error, request, reply) => {
      reply.hijack();
      options.handle(request.raw, reply.raw).catch(() => reply.raw.destroy());
    },
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", (_request, _payload, done) => done(null));
  server.get("/healthz", (_request, reply) => reply.send({ status: "ok" }));
  server.get("/readyz", (_request, reply) => {
    const reasons = options.notReadyBecause();
    return reply
      .code(reasons.length === 0 ? 200 : 503)
      .send({ status: reasons.length === 0 ? "ready" : "not ready", reasons });
  });
  server.all("/*", async (request, reply) => {
    reply.hijack();
    await options.handle(request.raw, reply.raw);
  });
  return server;
}

/** Answers what is not even an HTTP request; there is no path yet, so OpenAI's wording is as good as any. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) return;
  const fault =
    error.code === "HPE_HEADER_OVERFLOW"
      ? new SluiceError("headers_too_large", `The request's headers are larger than ${maxHeaderBytes} bytes.`)
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? new SluiceError("upload_timeout", "The request's headers did not arrive in time.")
        : new SluiceError("invalid_request", "This is not a valid HTTP request.");
  const body = JSON.stringify(getDialect("openai").writeError(fault, ""));
  socket.end(
    `HTTP/1.1 ${fault.status} ${reasonPhrases[fault.status] ?? "Error"}\r\nconnection: close\r\n` +
      `content-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

const reasonPhrases: Record<number, string> = {
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
};
