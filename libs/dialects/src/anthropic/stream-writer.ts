import type { Usage } from "@sluice/contracts/usage";
import type { ThoughtSignature } from "../canonical-content.ts";
import type { CanonicalStreamEvent } from "../canonical-stream.ts";
import type { ReplyFacts, StreamWriter } from "../dialect.ts";
import { namedEvent } from "../sse-text.ts";
import { unsigned, writeSignature } from "../thought-signature.ts";
import { writeAnthropicStopReason } from "./stop-reason.ts";
import { writeAnthropicUsage } from "./usage.ts";
import { writeAnthropicStreamError } from "./write-error.ts";
import { anthropicMessageHead, stopDetails } from "./write-reply.ts";

type OpenBlock =
  | { kind: "text" | "redacted-thinking" }
  | { kind: "thinking"; signed: boolean }
  | { kind: "tool-call"; call: number };
type CallStart = Extract<CanonicalStreamEvent, { type: "tool-call-start" }>;

/**
 * Writes a message as named events. Blocks come one after the other, as Anthropic sends them: where a provider
 * mixes the pieces of parallel calls, those of a later call wait until the open one is done. The stop
 * reason waits for the end, since providers may report usage after it.
 */
export function createAnthropicStreamWriter(facts: ReplyFacts): StreamWriter {
  let started = false;
  let openBlock: OpenBlock | undefined;
  let blockCount = 0;
  let usage: Usage | undefined;
  let finish: Extract<CanonicalStreamEvent, { type: "finish" }> | undefined;
  /** Calls that began while another was open, with the arguments that came for them. */
  const waiting = new Map<number, { start: CallStart; json: string }>();

  function startMessage(model: string | undefined, known: Usage | undefined): string {
    if (started) return "";
    started = true;
    const message = {
      ...anthropicMessageHead(facts, model),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      usage: writeAnthropicUsage(known),
    };
    return (
      namedEvent("message_start", { type: "message_start", message }) + namedEvent("ping", { type: "ping" })
    );
  }

  function closeBlock(): string {
    if (openBlock === undefined) return "";
    const signature = openBlock.kind === "thinking" && !openBlock.signed ? sign(unsigned) : "";
    openBlock = undefined;
    return (
      signature + namedEvent("content_block_stop", { type: "content_block_stop", index: blockCount - 1 })
    );
  }

  function startBlock(block: OpenBlock, contentBlock: unknown): string {
    const closed = closeBlock();
    openBlock = block;
    blockCount += 1;
    return (
      closed +
      namedEvent("content_block_start", {
        type: "content_block_start",
        index: blockCount - 1,
        content_block: contentBlock,
      })
    );
  }

  const delta = (value: unknown): string =>
    namedEvent("content_block_delta", { type: "content_block_delta", index: blockCount - 1, delta: value });
  const argumentsDelta = (json: string): string =>
    json === "" ? "" : delta({ type: "input_json_delta", partial_json: json });

  function sign(signature: ThoughtSignature): string {
    if (openBlock?.kind === "thinking") openBlock.signed = true;
    return delta({ type: "signature_delta", signature: writeSignature(signature, "anthropic") });
  }

  function openText(): string {
    return openBlock?.kind === "text"
      ? ""
      : startBlock({ kind: "text" }, { type: "text", text: "", citations: null });
  }
  function openThinking(): string {
    return openBlock?.kind === "thinking"
      ? ""
      : startBlock({ kind: "thinking", signed: false }, { type: "thinking", thinking: "", signature: "" });
  }
  function openCall({ call, id, name, signature }: CallStart): string {
    const carrier = signature === undefined ? "" : closeBlock() + openThinking() + sign(signature);
    const block = { type: "tool_use", id, caller: { type: "direct" }, name, input: {} };
    return carrier + startBlock({ kind: "tool-call", call }, block);
  }

  /** The calls that waited, each whole. */
  function writeWaiting(): string {
    let text = "";
    for (const { start, json } of waiting.values()) text += openCall(start) + argumentsDelta(json);
    waiting.clear();
    return text;
  }

  function writeArguments(call: number, json: string): string {
    if (openBlock?.kind === "tool-call" && openBlock.call === call) return argumentsDelta(json);
    const held = waiting.get(call);
    if (held !== undefined) held.json += json;
    return "";
  }

  function write(event: CanonicalStreamEvent): string {
    switch (event.type) {
      case "start":
        return startMessage(event.model, event.usage);
      case "text":
      case "refusal":
        return (
          startMessage(undefined, undefined) +
          writeWaiting() +
          openText() +
          delta({ type: "text_delta", text: event.text })
        );
      case "thinking":
        return (
          startMessage(undefined, undefined) +
          writeWaiting() +
          openThinking() +
          delta({ type: "thinking_delta", thinking: event.text })
        );
      case "thinking-signature":
        return openThinking() + sign(event.signature) + closeBlock();
      case "redacted-thinking": {
        const data =
          event.from === "anthropic"
            ? event.data
            : writeSignature({ from: event.from, value: event.data }, "anthropic", "redacted");
        return (
          startMessage(undefined, undefined) +
          startBlock({ kind: "redacted-thinking" }, { type: "redacted_thinking", data }) +
          closeBlock()
        );
      }
      case "tool-call-start":
        if (openBlock?.kind === "tool-call") {
          waiting.set(event.call, { start: event, json: "" });
          return "";
        }
        return startMessage(undefined, undefined) + openCall(event);
      case "tool-call-arguments":
        return writeArguments(event.call, event.json);
      case "logprobs":
        return "";
      case "finish":
        finish = event;
        return writeWaiting() + closeBlock();
      case "usage":
        usage = event.usage;
        return "";
      case "error":
        return writeAnthropicStreamError(event.error, facts.requestId);
    }
  }

  return {
    write,
    end() {
      const stopReason = writeAnthropicStopReason(
        finish?.finishReason ?? "other",
        finish?.stopSequence !== undefined,
      );
      const {
        cache_creation: _lifetimes,
        inference_geo: _place,
        service_tier: _tier,
        speed: _speed,
        ...totals
      } = writeAnthropicUsage(usage);
      return (
        startMessage(undefined, undefined) +
        writeWaiting() +
        closeBlock() +
        namedEvent("message_delta", {
          type: "message_delta",
          delta: {
            container: null,
            stop_reason: stopReason,
            stop_sequence: finish?.stopSequence ?? null,
            stop_details: stopDetails(stopReason),
          },
          usage: totals,
        }) +
        namedEvent("message_stop", { type: "message_stop" })
      );
    },
  };
}
