import { SluiceError } from "@sluice/contracts/sluice-error";
import type { CanonicalStreamEvent } from "../canonical-stream.ts";
import { checkProviderShape, parseProviderJson } from "../check-shape.ts";
import type { StreamReader } from "../dialect.ts";
import { presentFields } from "../present-fields.ts";
import { makeToolCallId } from "../tool-call-id.ts";
import { geminiFailure, readGeminiFinishReason } from "./finish-reason.ts";
import { readGeminiLogprobs } from "./logprobs.ts";
import { readGeminiStreamError } from "./provider-error.ts";
import { mediaInReply } from "./read-reply.ts";
import {
  type GeminiCandidate,
  type GeminiReply,
  type GeminiReplyPart,
  geminiReplySchema,
} from "./reply-shape.ts";
import { readGeminiUsage } from "./usage.ts";

/** Reads the stream of `:streamGenerateContent`. */
export function createGeminiStreamReader(): StreamReader {
  let started = false;
  let complete = false;
  let replyId: string | undefined;
  const callCounts = new Map<number, number>();
  const answered = new Set<number>();

  function readPart(part: GeminiReplyPart, candidate: number): CanonicalStreamEvent[] {
    if (part.functionCall != null) {
      const { id, name, args } = part.functionCall;
      const call = callCounts.get(candidate) ?? 0;
      callCounts.set(candidate, call + 1);
      return [
        {
          type: "tool-call-start",
          candidate,
          call,
          id: id ?? makeToolCallId(replyId, candidate, call),
          name,
          ...(part.thoughtSignature == null
            ? {}
            : { signature: { from: "gemini" as const, value: part.thoughtSignature } }),
        },
        { type: "tool-call-arguments", candidate, call, json: JSON.stringify(args ?? {}) },
      ];
    }
    if (part.inlineData != null) return [{ type: "error", error: mediaInReply() }];
    if (part.text == null || part.text === "") return [];
    return [{ type: part.thought === true ? "thinking" : "text", candidate, text: part.text }];
  }

  function readCandidate(read: GeminiCandidate, position: number): CanonicalStreamEvent[] {
    const candidate = read.index ?? position;
    const events = (read.content?.parts ?? []).flatMap((part) => readPart(part, candidate));
    if (events.length > 0) answered.add(candidate);
    const tokens = readGeminiLogprobs(read.logprobsResult);
    if (tokens !== undefined) events.push({ type: "logprobs", candidate, tokens });
    if (read.finishReason == null) return events;
    complete = true;
    const failure = geminiFailure(read.finishReason, answered.has(candidate));
    if (failure !== undefined) return [...events, { type: "error", error: failure }];
    const finishReason = readGeminiFinishReason(read.finishReason, callCounts.has(candidate));
    return [...events, { type: "finish", candidate, finishReason }];
  }

  function readPiece(piece: GeminiReply): CanonicalStreamEvent[] {
    const events: CanonicalStreamEvent[] = [];
    const usage = readGeminiUsage(piece.usageMetadata);
    if (!started) {
      started = true;
      replyId = piece.responseId ?? undefined;
      events.push({
        type: "start",
        ...presentFields({ id: piece.responseId, model: piece.modelVersion, usage }),
      });
    }
    const isBlocked = piece.promptFeedback?.blockReason != null && (piece.candidates ?? []).length === 0;
    const isLast = isBlocked || (piece.candidates ?? []).some((candidate) => candidate.finishReason != null);
    // Each piece tells the usage so far. It comes before the candidates, so that a failure does not lose it.
    if (usage !== undefined && isLast) events.push({ type: "usage", usage });
    if (isBlocked) {
      complete = true;
      events.push({ type: "finish", candidate: 0, finishReason: "content-filter" });
    }
    for (const [position, candidate] of (piece.candidates ?? []).entries()) {
      events.push(...readCandidate(candidate, position));
    }
    return events;
  }

  return {
    push({ data }) {
      const piece = checkProviderShape(geminiReplySchema, parseProviderJson(data));
      if (piece.error != null) {
        complete = true;
        return [{ type: "error", error: readGeminiStreamError(piece) }];
      }
      return readPiece(piece);
    },
    finish() {
      if (!complete) throw new SluiceError("provider_stream_cut", "The provider broke off its reply.");
      return [];
    },
  };
}
