import type { Envelope } from "@sluice/contracts/envelope";
import type { CanonicalMessage } from "@sluice/dialects/canonical-content";
import { getDialect } from "@sluice/dialects/dialects";

/** What there is to count of a request whose provider reports no usage. */
export interface CountableInput {
  text: string;
  /** Tokens that the format adds to those of the text. */
  overheadTokens: number;
}

/**
 * Tokens that a chat format puts around each message
 * (https://developers.openai.com/cookbook/examples/how_to_count_tokens_with_tiktoken, `tokens_per_message`).
 */
const tokensPerMessage = 3;

/**
 * The text of a request that a model reads. Media is left out: no tokenizer counts it.
 * @param json the body of the client's request, in its dialect
 */
export function countableInput(envelope: Envelope, json: unknown): CountableInput {
  const dialect = getDialect(envelope.dialect);
  const facts = { model: envelope.model, stream: envelope.stream };
  if (envelope.operation === "embeddings") {
    const { inputs } = dialect.readEmbeddingsRequest(json, facts);
    const texts = inputs.filter((input) => typeof input === "string");
    const numbers = inputs.reduce((sum, input) => sum + (typeof input === "string" ? 0 : input.length), 0);
    return { text: texts.join("\n"), overheadTokens: numbers };
  }
  const { messages } = dialect.readChatRequest(json, facts);
  return {
    text: messages.map(textOfMessage).join("\n"),
    overheadTokens: messages.length * tokensPerMessage,
  };
}

function textOfMessage(message: CanonicalMessage): string {
  const texts: string[] = [];
  for (const part of message.content) {
    switch (part.type) {
      case "text":
      case "refusal":
      case "thinking":
        texts.push(part.text);
        break;
      case "tool-call":
        texts.push(part.name, part.argumentsJson);
        break;
      case "tool-result":
        for (const content of part.content) if (content.type === "text") texts.push(content.text);
        break;
      case "image":
      case "audio":
      case "file":
      case "redacted-thinking":
        break;
    }
  }
  return texts.join("\n");
}
