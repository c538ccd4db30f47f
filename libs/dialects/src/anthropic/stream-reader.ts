import { SluiceError } from "@sluice/contracts/sluice-error";
import { z } from "zod";
import type { CanonicalStreamEvent } from "../canonical-stream.ts";
import { checkProviderShape, parseProviderJson } from "../check-shape.ts";
import type { StreamReader } from "../dialect.ts";
import { presentFields } from "../present-fields.ts";
import { jsonToolName } from "./json-tool.ts";
import { readAnthropicStreamError } from "./provider-error.ts";
import { finishReasonOf } from "./read-reply.ts";
import {
  type AnthropicUsage,
  anthropicUsageSchema,
  mergeAnthropicUsage,
  readAnthropicUsage,
} from "./usage.ts";

const eventSchema = z.object({
  type: z.string(),
  index: z.int().nonnegative().nullish(),
  message: z
    .object({ id: z.string().nullish(), model: z.string().nullish(), usage: anthropicUsageSchema.nullish() })
    .nullish(),
  content_block: z
    .object({
      type: z.string(),
      text: z.string().nullish(),
      thinking: z.string().nullish(),
      signature: z.string().nullish(),
      data: z.string().nullish(),
      id: z.string().nullish(),
      name: z.string().nullish(),
      input: z.unknown().optional(),
    })
    .nullish(),
  delta: z
    .object({
      type: z.string().nullish(),
      text: z.string().nullish(),
      thinking: z.string().nullish(),
      signature: z.string().nullish(),
      partial_json: z.string().nullish(),
      stop_reason: z.string().nullish(),
      stop_sequence: z.string().nullish(),
    })
    .nullish(),
  usage: anthropicUsageSchema.nullish(),
});
type StreamEvent = z.infer<typeof eventSchema>;

const thinkingEnd = (value: string): CanonicalStreamEvent => ({
  type: "thinking-signature",
  candidate: 0,
  signature: { from: "anthropic", value },
});

/** Reads the stream of a message. */
export function createAnthropicStreamReader(): StreamReader {
  let complete = false;
  let usage: AnthropicUsage | undefined;
  let callCount = 0;
  /** What the open blocks are: the number of a tool call, or the answer that comes as a tool's input. */
  const openCalls = new Map<number, number>();
  const openAnswers = new Set<number>();

  function startMessage(event: StreamEvent): CanonicalStreamEvent[] {
    usage = event.message?.usage ?? undefined;
    const { id, model } = event.message ?? {};
    return [{ type: "start", ...presentFields({ id, model, usage: readAnthropicUsage(usage) }) }];
  }

  function startToolUse(
    index: number,
    block: NonNullable<StreamEvent["content_block"]>,
  ): CanonicalStreamEvent[] {
    // As a rule `{}`, the input following in pieces; a server may also send all of it at once.
    const whole = JSON.stringify(block.input ?? {});
    if (block.name === jsonToolName) {
      openAnswers.add(index);
      return whole === "{}" ? [] : [{ type: "text", candidate: 0, text: whole }];
    }
    const call = callCount;
    callCount += 1;
    openCalls.set(index, call);
    const start: CanonicalStreamEvent = {
      type: "tool-call-start",
      candidate: 0,
      call,
      id: block.id ?? "",
      name: block.name ?? "",
    };
    return whole === "{}"
      ? [start]
      : [start, { type: "tool-call-arguments", candidate: 0, call, json: whole }];
  }

  function startBlock(event: StreamEvent): CanonicalStreamEvent[] {
    const block = event.content_block;
    switch (block?.type) {
      case "text":
        return block.text == null || block.text === ""
          ? []
          : [{ type: "text", candidate: 0, text: block.text }];
      case "thinking": {
        const events: CanonicalStreamEvent[] = [];
        if (block.thinking != null && block.thinking !== "") {
          events.push({ type: "thinking", candidate: 0, text: block.thinking });
        }
        if (block.signature != null && block.signature !== "") events.push(thinkingEnd(block.signature));
        return events;
      }
      case "redacted_thinking":
        return [{ type: "redacted-thinking", candidate: 0, data: block.data ?? "", from: "anthropic" }];
      case "tool_use":
        return startToolUse(event.index ?? 0, block);
      default:
        return [];
    }
  }

  function readDelta(event: StreamEvent): CanonicalStreamEvent[] {
    const { delta } = event;
    if (delta?.text != null && delta.type === "text_delta") {
      return [{ type: "text", candidate: 0, text: delta.text }];
    }
    if (delta?.thinking != null && delta.type === "thinking_delta") {
      return [{ type: "thinking", candidate: 0, text: delta.thinking }];
    }
    if (delta?.signature != null && delta.type === "signature_delta") return [thinkingEnd(delta.signature)];
    if (delta?.partial_json != null && delta.partial_json !== "") {
      const index = event.index ?? 0;
      if (openAnswers.has(index)) return [{ type: "text", candidate: 0, text: delta.partial_json }];
      const call = openCalls.get(index);
      if (call !== undefined)
        return [{ type: "tool-call-arguments", candidate: 0, call, json: delta.partial_json }];
    }
    return [];
  }

  function endMessage(event: StreamEvent): CanonicalStreamEvent[] {
    const events: CanonicalStreamEvent[] = [];
    if (event.delta?.stop_reason != null) {
      events.push({
        type: "finish",
        candidate: 0,
        finishReason: finishReasonOf(event.delta.stop_reason, callCount > 0),
        ...presentFields({ stopSequence: event.delta.stop_sequence }),
      });
    }
    if (event.usage != null) {
      usage = mergeAnthropicUsage(usage, event.usage);
      const read = readAnthropicUsage(usage);
      if (read !== undefined) events.push({ type: "usage", usage: read });
    }
    return events;
  }

  return {
    push({ data }) {
      const json = parseProviderJson(data);
      const event = checkProviderShape(eventSchema, json);
      switch (event.type) {
        case "message_start":
          return startMessage(event);
        case "content_block_start":
          return startBlock(event);
        case "content_block_delta":
          return readDelta(event);
        case "message_delta":
          return endMessage(event);
        case "message_stop":
          complete = true;
          return [];
        case "error":
          complete = true;
          return [{ type: "error", error: readAnthropicStreamError(json) }];
        default:
          return [];
      }
    },
    finish() {
      if (!complete) throw new SluiceError("provider_stream_cut", "The provider broke off its reply.");
      return [];
    },
  };
}
