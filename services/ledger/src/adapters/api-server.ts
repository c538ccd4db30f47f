import accepts from "@fastify/accepts";
import swagger from "@fastify/swagger";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Logger } from "@sluice/telemetry/logger";
import Fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import { jsonSchemaTransform, serializerCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import type { z } from "zod";
import { AlreadyRunning } from "../domain/already-running.ts";
import { type ApiErrorBody, BadParameters, problemsOf, problemsOfBody } from "../domain/api-error.ts";
import { isDataError, isUnavailable } from "./database-error.ts";

/** Seconds after which it is worth asking again while the database or the bus is away. */
const retryAfterSeconds = 5;

/**
 * An empty API: parameters are checked and answers written by the zod schemas of the routes, and the same
 * schemas make the OpenAPI document. Every error is answered here, in one form.
 */
export async function createApiServer(logger: Logger) {
  const server = Fastify({
    logger: false,
    // A drain must not wait for clients that only keep a connection.
    forceCloseConnections: "idle",
    return503OnClosing: true,
  }).withTypeProvider<ZodTypeProvider>();
  server.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) => (parameters) => {
    const result = schema.safeParse(parameters);
    if (result.success) return { value: result.data };
    const { issues } = result.error;
    return { error: new BadParameters(httpPart === "body" ? problemsOfBody(issues) : problemsOf(issues)) };
  });
  server.setSerializerCompiler(serializerCompiler);
  server.setErrorHandler((error, request, reply) => answerError(error, request, reply, logger));
  server.setNotFoundHandler((request, reply) =>
    answerError(
      new SluiceError("not_found", `There is no ${request.method} on this path.`),
      request,
      reply,
      logger,
    ),
  );
  await server.register(accepts);
  await server.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Sluice ledger",
        version: "1",
        description:
          "What was used and spent. Amounts are exact decimals of US dollars, as text. Lists come in pages: pass `next` as `cursor` for the page after.",
      },
      components: { securitySchemes: { adminKey: { type: "http", scheme: "bearer" } } },
    },
    transform: jsonSchemaTransform,
  });
  return server;
}

export type ApiServer = Awaited<ReturnType<typeof createApiServer>>;

/** The one rescue of the API: whatever was thrown becomes an answer. */
function answerError(thrown: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): void {
  if (thrown instanceof AlreadyRunning) {
    void reply.code(409).send({ error: { code: "already_running", message: thrown.message } });
    return;
  }
  const error = asSluiceError(thrown);
  if (error.status >= 500)
    logger.error({ err: thrown, route: request.routeOptions.url }, "the API could not answer");
  if (error.status === 401) reply.header("www-authenticate", "Bearer");
  if (error.code === "ledger_unavailable" || error.code === "bus_unavailable")
    reply.header("retry-after", String(retryAfterSeconds));
  const body: ApiErrorBody = { error: { code: error.code, message: error.message } };
  if (error instanceof BadParameters) body.error.problems = [...error.problems];
  void reply.code(error.status).type("application/json; charset=utf-8").send(body);
}

function asSluiceError(thrown: unknown): SluiceError {
  if (thrown instanceof SluiceError) return thrown;
  if (isUnavailable(thrown)) {
    return new SluiceError("ledger_unavailable", "The ledger's database can't be reached.", {
      cause: thrown,
    });
  }
  // The API writes nothing itself: a value that the database refuses came with the question.
  if (isDataError(thrown)) {
    return new SluiceError("invalid_request", "A parameter holds what can't be looked up.", {
      cause: thrown,
    });
  }
  // What Fastify itself refuses: a malformed URL or body, headers it can't read.
  switch (thrown instanceof Error && "statusCode" in thrown ? thrown.statusCode : undefined) {
    case 400:
      return new SluiceError("invalid_request", "The request is not well-formed.", { cause: thrown });
    case 413:
      return new SluiceError("body_too_large", "The body is larger than this route takes.", {
        cause: thrown,
      });
    case 415:
      return new SluiceError("unsupported_media_type", "The body must be JSON.", { cause: thrown });
    default:
      return SluiceError.from(thrown);
  }
}
