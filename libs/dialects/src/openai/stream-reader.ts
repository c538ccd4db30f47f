import { SluiceError } from "@sluice/contracts/sluice-error";
import { z } from "zod";
import type { CanonicalStreamEvent } from "../canonical-stream.ts";
import { checkProviderShape, parseProviderJson } from "../check-shape.ts";
import type { StreamEventData, StreamReader } from "../dialect.ts";
import { presentFields } from "../present-fields.ts";
import { makeToolCallId } from "../tool-call-id.ts";
import { readOpenaiFinishReason } from "./finish-reason.ts";
import { openaiLogprobsSchema, readOpenaiLogprobs } from "./logprobs.ts";
import { readOpenaiStreamError } from "./provider-error.ts";
import { openaiToolCallSchema, readExtraContent } from "./tool-call.ts";
import { openaiUsageSchema, readOpenaiUsage } from "./usage.ts";

const callDeltaSchema = z.object({
  index: z.int().nonnegative().nullish(),
  id: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
  extra_content: openaiToolCallSchema.shape.extra_content,
});
const deltaSchema = z.object({
  content: z.string().nullish(),
  refusal: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish().catch(undefined),
  tool_calls: z.array(callDeltaSchema).nullish(),
});
const chunkSchema = z.object({
  id: z.string().nullish(),
  model: z.string().nullish(),
  created: z.number().nullish(),
  choices: z
    .array(
      z.object({
        index: z.int().nonnegative().nullish(),
        delta: deltaSchema.nullish(),
        finish_reason: z.string().nullish(),
        logprobs: openaiLogprobsSchema.nullish().catch(undefined),
      }),
    )
    .nullish(),
  usage: openaiUsageSchema.nullish(),
  error: z.unknown().optional(),
});
type Chunk = z.infer<typeof chunkSchema>;

/** Reads the stream of a chat completion. */
export function createOpenaiStreamReader(): StreamReader {
  let started = false;
  let complete = false;
  let replyId: string | undefined;
  /** Calls that were begun, as `candidate/call`. */
  const begunCalls = new Set<string>();
  const candidatesWithCalls = new Set<number>();

  function readCall(
    delta: z.infer<typeof callDeltaSchema>,
    candidate: number,
    position: number,
  ): CanonicalStreamEvent[] {
    const call = delta.index ?? position;
    const events: CanonicalStreamEvent[] = [];
    const key = `${candidate}/${call}`;
    if (!begunCalls.has(key)) {
      begunCalls.add(key);
      candidatesWithCalls.add(candidate);
      const id = delta.id == null || delta.id === "" ? makeToolCallId(replyId, candidate, call) : delta.id;
      events.push({
        type: "tool-call-start",
        candidate,
        call,
        id,
        name: delta.function?.name ?? "",
        ...presentFields({ signature: readExtraContent(delta.extra_content) }),
      });
    }
    const json = delta.function?.arguments;
    if (json != null && json !== "") events.push({ type: "tool-call-arguments", candidate, call, json });
    return events;
  }

  function readDelta(delta: z.infer<typeof deltaSchema>, candidate: number): CanonicalStreamEvent[] {
    const events: CanonicalStreamEvent[] = [];
    const thinking = delta.reasoning_content ?? delta.reasoning;
    if (thinking != null && thinking !== "") events.push({ type: "thinking", candidate, text: thinking });
    if (delta.content != null && delta.content !== "")
      events.push({ type: "text", candidate, text: delta.content });
    if (delta.refusal != null && delta.refusal !== "") {
      events.push({ type: "refusal", candidate, text: delta.refusal });
    }
    for (const [position, call] of (delta.tool_calls ?? []).entries()) {
      events.push(...readCall(call, candidate, position));
    }
    return events;
  }

  function readChunk(chunk: Chunk): CanonicalStreamEvent[] {
    const events: CanonicalStreamEvent[] = [];
    if (!started) {
      started = true;
      replyId = chunk.id ?? undefined;
      const createdAtMs = chunk.created == null ? undefined : chunk.created * 1000;
      events.push({ type: "start", ...presentFields({ id: chunk.id, model: chunk.model, createdAtMs }) });
    }
    for (const [position, choice] of (chunk.choices ?? []).entries()) {
      const candidate = choice.index ?? position;
      if (choice.delta != null) events.push(...readDelta(choice.delta, candidate));
      const tokens = readOpenaiLogprobs(choice.logprobs);
      if (tokens !== undefined) events.push({ type: "logprobs", candidate, tokens });
      if (choice.finish_reason != null) {
        complete = true;
        const finishReason = readOpenaiFinishReason(choice.finish_reason, candidatesWithCalls.has(candidate));
        events.push({ type: "finish", candidate, finishReason });
      }
    }
    const usage = readOpenaiUsage(chunk.usage);
    if (usage !== undefined) events.push({ type: "usage", usage });
    return events;
  }

  return {
    push({ data }: StreamEventData) {
      if (data === "[DONE]") {
        complete = true;
        return [];
      }
      const chunk = checkProviderShape(chunkSchema, parseProviderJson(data));
      if (chunk.error != null) {
        complete = true;
        return [{ type: "error", error: readOpenaiStreamError(chunk) }];
      }
      return readChunk(chunk);
    },
    finish() {
      if (!complete) {
        throw new SluiceError("provider_stream_cut", "The provider broke off its reply.");
      }
      return [];
    },
  };
}
