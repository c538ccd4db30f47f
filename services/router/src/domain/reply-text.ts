import { SluiceError } from "@sluice/contracts/sluice-error";
import type { AssistantPart } from "@sluice/dialects/canonical-content";
import type { CanonicalChatReply } from "@sluice/dialects/canonical-reply";
import type { Dialect } from "@sluice/dialects/dialect";
import { createOutputText } from "@sluice/dialects/output-text";
import type { ReplyAccount } from "./reply-translation.ts";

/** What there is to count of a plain reply. */
export type ReplyText = Pick<ReplyAccount, "outputText" | "outputChars">;

export const noText: ReplyText = { outputText: "", outputChars: 0 };

/** Text of a whole reply, as much of it as is kept. */
export function textOfReply(reply: CanonicalChatReply): ReplyText {
  const output = createOutputText();
  for (const candidate of reply.candidates) for (const part of candidate.content) output.add(textOf(part));
  return { outputText: output.text(), outputChars: output.chars() };
}

/**
 * Text of a reply that goes on as it came. What is no chat reply (embeddings, or what only the provider's own
 * clients know) has none: it is the client's to judge.
 */
export function textOfForeignReply(dialect: Dialect, json: unknown): ReplyText {
  try {
    return textOfReply(dialect.readChatReply(json));
  } catch (error) {
    if (error instanceof SluiceError) return noText;
    throw error;
  }
}

function textOf(part: AssistantPart): string {
  switch (part.type) {
    case "text":
    case "refusal":
    case "thinking":
      return part.text;
    case "tool-call":
      return part.name + part.argumentsJson;
    case "redacted-thinking":
      return "";
  }
}
