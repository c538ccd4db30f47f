import type { Envelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { CanonicalMessage } from "@sluice/dialects/canonical-content";
import type { CanonicalChatRequest } from "@sluice/dialects/canonical-request";
import { getDialect } from "@sluice/dialects/dialects";
import { estimateInputTokens } from "@sluice/dialects/estimate-input-tokens";
import type { ModelTarget } from "@sluice/resources/find-target";
import { type CallPlan, pathOf } from "./call-plan.ts";
import { continuingWriter } from "./continuing-writer.ts";
import type { StreamSoFar } from "./stream-so-far.ts";
import { replyFactsOf, translateChat } from "./translate.ts";

/** What asks models to go on that can't be given the beginning of their own reply. */
const goOn =
  "Your last message was cut off. Continue it from exactly where it stops: write only what comes next, repeat nothing " +
  "of it, and say nothing about the interruption.";

/** As much of a text as its tokens are told by. */
const sampleChars = 16 * 1024;

/** A call that goes on with a stream. */
export interface ContinuationPlan {
  plan: CallPlan;
  /** What is asked, in the client's dialect: by it the call is counted where the provider reports nothing. */
  body: string;
}

/**
 * Plans the call of a target that goes on with a stream where another one broke it off: it is asked the same, with the
 * text so far as the beginning of its reply, or as its last message where its provider knows no such beginning.
 * @param body Text of the client's body.
 * @throws SluiceError `unsupported_feature` for what the provider's dialect can't say
 */
export function planContinuation(
  envelope: Envelope,
  body: string,
  found: ModelTarget,
  soFar: StreamSoFar,
): ContinuationPlan {
  const client = getDialect(envelope.dialect);
  const provider = getDialect(found.backend.provider);
  const { request, left } = continuationRequest(soFar, provider.takesPrefill(found.providerModel));
  const written = provider.writeChatRequest(request, { providerModel: found.providerModel });
  const writer = continuingWriter(soFar, { left, comment: commentOf(envelope, found) });
  const facts = replyFactsOf(envelope, request);
  return {
    plan: {
      path: pathOf(written),
      body: JSON.stringify(written.body),
      replies: translateChat({ client, provider, facts, writer }),
      sameDialect: false,
    },
    body: countedBody(envelope, body, request),
  };
}

/** Tells who reads the stream closely where the seam is; clients pass over comments. */
function commentOf({ streamFraming }: Envelope, { backendName, providerModel }: ModelTarget): string {
  if (streamFraming !== "sse") return "";
  return `: continued by ${JSON.stringify(`${backendName} ${providerModel}`)}\n\n`;
}

/** A request for the rest of a reply, and what of the text so far it leaves out at its end. */
export interface ContinuationRequest {
  request: CanonicalChatRequest;
  left: string;
}

/** @param takesPrefill whether the model goes on from the beginning of its own reply */
export function continuationRequest(
  { request, text }: StreamSoFar,
  takesPrefill: boolean,
): ContinuationRequest {
  const kept = text.trimEnd();
  // White space is no message, and Anthropic takes none at the end of a beginning.
  if (kept === "") return { request, left: text };
  const assistant: CanonicalMessage = { role: "assistant", content: [{ type: "text", text: kept }] };
  const limited = { ...request, ...limitLeft(request, kept) };
  if (!takesPrefill) {
    const user: CanonicalMessage = { role: "user", content: [{ type: "text", text: goOn }] };
    return {
      request: { ...limited, messages: [...request.messages, assistant, user] },
      left: text.slice(kept.length),
    };
  }
  // A model that is given its own beginning does not think before it.
  const { reasoning: _reasoning, ...rest } = limited;
  const messages = [...request.messages, assistant];
  return { request: { ...rest, messages, continuesAssistant: true }, left: text.slice(kept.length) };
}

/** The client's limit of output tokens is one of the whole reply. */
function limitLeft({ maxOutputTokens }: CanonicalChatRequest, text: string): { maxOutputTokens?: number } {
  if (maxOutputTokens === undefined) return {};
  const spent = estimateInputTokens(Buffer.byteLength(text), text.slice(0, sampleChars));
  return { maxOutputTokens: Math.max(1, maxOutputTokens - spent) };
}

function countedBody(envelope: Envelope, body: string, request: CanonicalChatRequest): string {
  try {
    const asked = { ...request, continuesAssistant: false };
    const { body: written } = getDialect(envelope.dialect).writeChatRequest(asked, {
      providerModel: envelope.model,
    });
    return JSON.stringify(written);
  } catch (error) {
    if (error instanceof SluiceError) return body;
    throw error;
  }
}
