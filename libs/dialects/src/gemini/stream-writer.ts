import type { Usage } from "@sluice/contracts/usage";
import type { AssistantPart, ToolCallPart } from "../canonical-content.ts";
import type { CanonicalTokenLogprob, FinishReason } from "../canonical-reply.ts";
import type { CanonicalStreamEvent } from "../canonical-stream.ts";
import type { ReplyFacts, StreamWriter } from "../dialect.ts";
import { writeGeminiFinishReason } from "./finish-reason.ts";
import { writeGeminiLogprobs } from "./logprobs.ts";
import { createStreamFramer } from "./stream-framing.ts";
import { writeGeminiUsage } from "./usage.ts";
import { writeGeminiStreamError } from "./write-error.ts";
import { geminiReplyTail, writeGeminiPart } from "./write-reply.ts";

/**
 * Writes the pieces of `:streamGenerateContent`. A function call comes whole in Gemini's format, so its arguments
 * are held until the next call or the end. Finish reasons and usage come in the last piece.
 */
export function createGeminiStreamWriter(facts: ReplyFacts): StreamWriter {
  const framer = createStreamFramer(facts.framing);
  let tail = geminiReplyTail(facts, undefined);
  let usage: Usage | undefined;
  /** Calls whose arguments still come, by candidate and call, in their order. */
  const openCalls = new Map<string, { candidate: number; part: ToolCallPart }>();
  const finishes = new Map<number, FinishReason>();
  const logprobs = new Map<number, CanonicalTokenLogprob[]>();

  const piece = (candidate: number, parts: unknown[]): string =>
    framer.piece(
      JSON.stringify({ candidates: [{ content: { parts, role: "model" }, index: candidate }], ...tail }),
    );
  const part = (candidate: number, written: AssistantPart): string =>
    writeCalls(candidate) + piece(candidate, [writeGeminiPart(written)]);

  /** The calls of a candidate, now whole. */
  function writeCalls(candidate: number): string {
    const parts: unknown[] = [];
    for (const [key, call] of openCalls) {
      if (call.candidate !== candidate) continue;
      openCalls.delete(key);
      parts.push(writeGeminiPart(call.part));
    }
    return parts.length === 0 ? "" : piece(candidate, parts);
  }

  function write(event: CanonicalStreamEvent): string {
    switch (event.type) {
      case "start":
        tail = geminiReplyTail(facts, event.model);
        return "";
      case "text":
      case "refusal":
        return part(event.candidate, { type: "text", text: event.text });
      case "thinking":
        return part(event.candidate, { type: "thinking", text: event.text });
      case "thinking-signature":
        return part(event.candidate, { type: "thinking", text: "", signature: event.signature });
      case "redacted-thinking":
        return part(event.candidate, { type: "redacted-thinking", data: event.data, from: event.from });
      case "tool-call-start": {
        const { candidate, call, id, name, signature } = event;
        openCalls.set(`${candidate}/${call}`, {
          candidate,
          part: {
            type: "tool-call",
            id,
            name,
            argumentsJson: "",
            ...(signature === undefined ? {} : { signature }),
          },
        });
        return "";
      }
      case "tool-call-arguments": {
        const open = openCalls.get(`${event.candidate}/${event.call}`);
        if (open !== undefined) open.part.argumentsJson += event.json;
        return "";
      }
      case "logprobs":
        logprobs.set(event.candidate, [...(logprobs.get(event.candidate) ?? []), ...event.tokens]);
        return "";
      case "finish":
        finishes.set(event.candidate, event.finishReason);
        return writeCalls(event.candidate);
      case "usage":
        usage = event.usage;
        return "";
      case "error":
        return writeGeminiStreamError(event.error, facts.requestId, {
          framing: facts.framing,
          started: framer.started(),
        });
    }
  }

  return {
    write,
    end() {
      let text = "";
      for (const { candidate } of openCalls.values()) text += writeCalls(candidate);
      if (finishes.size === 0) finishes.set(0, "other");
      const candidates = [...finishes].map(([candidate, reason]) => {
        const tokens = logprobs.get(candidate);
        return {
          content: { parts: [{ text: "" }], role: "model" },
          finishReason: writeGeminiFinishReason(reason),
          index: candidate,
          ...(tokens === undefined ? {} : { logprobsResult: writeGeminiLogprobs(tokens) }),
        };
      });
      const last = {
        candidates,
        ...(usage === undefined ? {} : { usageMetadata: writeGeminiUsage(usage) }),
        ...tail,
      };
      return text + framer.piece(JSON.stringify(last)) + framer.end();
    },
  };
}
