import type { AssistantPart } from "../canonical-content.ts";
import type { CanonicalCandidate, CanonicalChatReply } from "../canonical-reply.ts";
import type { CanonicalStreamEvent } from "../canonical-stream.ts";

/** The whole reply that a stream tells piece by piece. */
export function collectReply(events: CanonicalStreamEvent[]): CanonicalChatReply {
  const reply: CanonicalChatReply = { candidates: [] };
  const calls = new Map<string, Extract<AssistantPart, { type: "tool-call" }>>();
  const candidate = (index: number): CanonicalCandidate => {
    const found = reply.candidates.find((one) => one.index === index);
    if (found !== undefined) return found;
    const made: CanonicalCandidate = { index, content: [], finishReason: "other" };
    reply.candidates.push(made);
    return made;
  };
  for (const event of events) {
    switch (event.type) {
      case "start": {
        const { type: _type, usage: _usage, ...facts } = event;
        Object.assign(reply, facts);
        break;
      }
      case "text":
      case "thinking":
      case "refusal": {
        const { content } = candidate(event.candidate);
        const last = content.at(-1);
        if (last?.type === event.type) last.text += event.text;
        else content.push({ type: event.type, text: event.text });
        break;
      }
      case "thinking-signature": {
        const last = candidate(event.candidate).content.at(-1);
        if (last?.type === "thinking") last.signature = event.signature;
        else
          candidate(event.candidate).content.push({ type: "thinking", text: "", signature: event.signature });
        break;
      }
      case "redacted-thinking":
        candidate(event.candidate).content.push({
          type: "redacted-thinking",
          data: event.data,
          from: event.from,
        });
        break;
      case "tool-call-start": {
        const { type: _type, candidate: index, call, ...facts } = event;
        const part = { type: "tool-call" as const, argumentsJson: "", ...facts };
        calls.set(`${index}/${call}`, part);
        candidate(index).content.push(part);
        break;
      }
      case "tool-call-arguments": {
        const part = calls.get(`${event.candidate}/${event.call}`);
        if (part === undefined) throw new Error("arguments before their call");
        part.argumentsJson += event.json;
        break;
      }
      case "logprobs": {
        const one = candidate(event.candidate);
        one.logprobs = [...(one.logprobs ?? []), ...event.tokens];
        break;
      }
      case "finish": {
        const one = candidate(event.candidate);
        one.finishReason = event.finishReason;
        if (event.stopSequence !== undefined) one.stopSequence = event.stopSequence;
        break;
      }
      case "usage":
        reply.usage = event.usage;
        break;
      case "error":
        throw event.error;
    }
  }
  return reply;
}
