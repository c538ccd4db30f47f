import { SluiceError } from "@sluice/contracts/sluice-error";
import { brokenReplyText } from "@sluice/dialects/broken-reply-text";
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

/** As much of a broken reply is looked at; to parse all of a large one would hold up the others. */
const maxBrokenBytes = 1024 * 1024;

/**
 * What there is to say of a plain reply that broke off, or that is no whole JSON: nothing but its text. Figures and
 * names in it may be cut.
 */
export function accountOfBrokenReply(dialect: Dialect, received: Uint8Array): ReplyAccount {
  const looked = received.subarray(0, maxBrokenBytes);
  const output = createOutputText();
  output.add(brokenReplyText(dialect.name, Buffer.from(looked).toString("utf8")));
  // What is not looked at is taken to be like what is.
  const share = looked.length === 0 ? 1 : received.length / looked.length;
  return {
    usage: undefined,
    usageIsPartial: false,
    responseModel: undefined,
    providerReplyId: undefined,
    failed: false,
    outputText: output.text(),
    outputChars: Math.round(output.chars() * share),
  };
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
