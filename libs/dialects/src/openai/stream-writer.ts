import type { Usage } from "@sluice/contracts/usage";
import type { CanonicalStreamEvent } from "../canonical-stream.ts";
import type { ReplyFacts, StreamWriter } from "../dialect.ts";
import { dataEvent } from "../sse-text.ts";
import { writeOpenaiFinishReason } from "./finish-reason.ts";
import { writeOpenaiLogprobs } from "./logprobs.ts";
import { writeExtraContent } from "./tool-call.ts";
import { writeOpenaiUsage } from "./usage.ts";
import { writeOpenaiStreamError } from "./write-error.ts";
import { openaiReplyHead } from "./write-reply.ts";

interface ChoiceFields {
  finish_reason?: string;
  logprobs?: unknown;
}

/** Writes a chat completion as chunks, with the usage chunk where the client asked for it, and `[DONE]`. */
export function createOpenaiStreamWriter(facts: ReplyFacts): StreamWriter {
  const includeUsage = facts.includeUsage ?? false;
  let head = openaiReplyHead(facts, undefined);
  let usage: Usage | undefined;
  const begunCandidates = new Set<number>();

  const chunk = (choices: unknown[], written: unknown): string =>
    dataEvent({
      id: head.id,
      object: "chat.completion.chunk",
      created: head.created,
      model: head.model,
      choices,
      // OpenAI writes null into every chunk but the last when usage was asked for.
      ...(includeUsage ? { usage: written } : {}),
    });
  const choice = (candidate: number, delta: unknown, fields: ChoiceFields = {}): string =>
    chunk(
      [
        {
          index: candidate,
          delta,
          logprobs: fields.logprobs ?? null,
          finish_reason: fields.finish_reason ?? null,
        },
      ],
      null,
    );

  /** The role comes once, before anything else of a candidate. */
  function begin(candidate: number): string {
    if (begunCandidates.has(candidate)) return "";
    begunCandidates.add(candidate);
    return choice(candidate, { role: "assistant", content: "", refusal: null });
  }

  function write(event: CanonicalStreamEvent): string {
    switch (event.type) {
      case "start":
        head = openaiReplyHead(facts, event.model);
        return begin(0);
      case "text":
        return begin(event.candidate) + choice(event.candidate, { content: event.text });
      case "refusal":
        return begin(event.candidate) + choice(event.candidate, { refusal: event.text });
      case "thinking":
        return begin(event.candidate) + choice(event.candidate, { reasoning_content: event.text });
      case "thinking-signature":
      case "redacted-thinking":
        return "";
      case "tool-call-start": {
        const call = {
          index: event.call,
          id: event.id,
          type: "function",
          function: { name: event.name, arguments: "" },
          ...writeExtraContent(event.signature),
        };
        return begin(event.candidate) + choice(event.candidate, { tool_calls: [call] });
      }
      case "tool-call-arguments":
        return choice(event.candidate, {
          tool_calls: [{ index: event.call, function: { arguments: event.json } }],
        });
      case "logprobs":
        return (
          begin(event.candidate) +
          choice(event.candidate, {}, { logprobs: writeOpenaiLogprobs(event.tokens) })
        );
      case "finish":
        return (
          begin(event.candidate) +
          choice(event.candidate, {}, { finish_reason: writeOpenaiFinishReason(event.finishReason) })
        );
      case "usage":
        usage = event.usage;
        return "";
      case "error":
        return writeOpenaiStreamError(event.error);
    }
  }

  return {
    write,
    end() {
      const last = includeUsage && usage !== undefined ? chunk([], writeOpenaiUsage(usage)) : "";
      return `${last}data: [DONE]\n\n`;
    },
  };
}
