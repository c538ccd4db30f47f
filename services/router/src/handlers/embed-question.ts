import { newRequestId } from "@sluice/bus/request-id";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { openaiDialect } from "@sluice/dialects/openai/openai-dialect";
import type { CompiledSemantic } from "@sluice/resources/compiled-caching";
import { findTarget } from "@sluice/resources/find-target";
import { sluiceAttributes } from "@sluice/telemetry/gen-ai-attributes";
import type { SluiceSpan } from "@sluice/telemetry/tracing";
import { bodyText } from "../domain/body-text.ts";
import { callOnBehalf, type OwnCallOptions, ownEnvelope } from "./call-step.ts";

/** A vector of 4,096 numbers takes a tenth of it. */
const maxReplyBytes = 1024 * 1024;

export interface EmbedOptions extends Omit<OwnCallOptions, "target" | "request"> {
  /** The client's request. */
  parent: IdentifiedEnvelope;
  /** The router's span of the client's request. */
  span: SluiceSpan;
}

/**
 * Asks a model for the vector of a question: a request of its own, of the same owner, which is inspected, called and
 * booked as any other.
 * @throws SluiceError what became of it instead, `deadline_exceeded` where it took too long; the reason of the request's
 *   `signal`
 */
export async function embedQuestion(
  options: EmbedOptions,
  { embeddingModel, timeoutMs }: CompiledSemantic,
  text: string,
): Promise<readonly number[]> {
  const { parts, parent, snapshot, span: routeSpan } = options;
  const target = findTarget(snapshot, { model: embeddingModel, regions: parent.regions });
  if (target?.type !== "model") {
    throw new SluiceError("model_not_found", `There is no model ${embeddingModel}.`);
  }
  const requestId = newRequestId();
  const span = parts.tracing.startSpan(`embed ${embeddingModel}`, {
    parent: routeSpan,
    attributes: {
      [sluiceAttributes.requestId]: requestId,
      [sluiceAttributes.parentRequestId]: parent.requestId,
    },
  });
  const body = Buffer.from(JSON.stringify({ model: embeddingModel, input: text, encoding_format: "float" }));
  const facts = {
    requestId,
    operation: "embeddings" as const,
    model: embeddingModel,
    bodyBytes: body.length,
    span,
  };
  const tooLong = new AbortController();
  const timer = setTimeout(() => tooLong.abort(slow(timeoutMs)), timeoutMs);
  const signal = AbortSignal.any([options.signal, tooLong.signal]);
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    await callOnBehalf(
      {
        ...options,
        target,
        request: { body },
        remainingMs: Math.min(options.remainingMs, timeoutMs),
        signal,
      },
      {
        envelope: { ...ownEnvelope(parent, facts), parentRequestId: parent.requestId },
        span,
        taker: {
          head: () => undefined,
          data: async (piece) => {
            bytes += piece.length;
            if (bytes <= maxReplyBytes) pieces.push(piece);
          },
        },
      },
    );
  } finally {
    clearTimeout(timer);
  }
  if (bytes > maxReplyBytes) throw noVector();
  return vectorIn(bodyText(Buffer.concat(pieces)));
}

function vectorIn(text: string): readonly number[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw noVector();
  }
  const [vector] = openaiDialect.readEmbeddingsReply(json).vectors;
  if (vector === undefined) throw noVector();
  return vector;
}

function noVector(): SluiceError {
  return new SluiceError("provider_invalid_reply", "The reply holds no vector.");
}

function slow(timeoutMs: number): SluiceError {
  return new SluiceError("deadline_exceeded", `The vector was not there after ${timeoutMs} ms.`);
}
