import type { DialectName } from "@sluice/contracts/dialect-name";
import { estimateInputTokens } from "@sluice/dialects/estimate-input-tokens";
import { type PromptContent, readPromptContent } from "@sluice/dialects/prompt-content";
import { holdsCode } from "./holds-code.ts";
import { languageOf } from "./language-of.ts";

/** What conditions can ask of a prompt, with the type that each has in CEL. */
export const promptShape = {
  text: "string",
  conversation: "string",
  system: "string",
  tokens: "int",
  messages: "int",
  images: "int",
  audio: "int",
  files: "int",
  tools: "int",
  code: "bool",
  json: "bool",
  reasoning: "bool",
  language: "string",
  intent: "string",
} as const;
export type PromptFact = keyof typeof promptShape;

/** As CEL takes them; an `int` is a bigint. */
export type PromptValue = string | bigint | boolean;

/** Longest text that conditions see: of a longer one, so much of its beginning and of its end together. */
export const longestText = 32_768;
/** As much of a body as the estimate of its tokens looks at. */
const sampleChars = 65_536;

/** What is known of a prompt: each fact is found out when it is first asked for. What its intent is, others say. */
export class PromptFacts {
  readonly #dialect: DialectName;
  readonly #body: string;
  readonly #known = new Map<PromptFact, PromptValue>();
  #content: PromptContent | undefined;

  /** @param body text of the client's body, which is JSON; what is none has no text */
  constructor(dialect: DialectName, body: string) {
    this.#dialect = dialect;
    this.#body = body;
  }

  /** Those of the facts that can be told from the prompt itself. */
  async take(facts: readonly PromptFact[]): Promise<Partial<Record<PromptFact, PromptValue>>> {
    const taken: Partial<Record<PromptFact, PromptValue>> = {};
    for (const fact of facts) {
      if (fact === "intent") continue;
      const known = this.#known.get(fact) ?? (await this.#find(fact));
      this.#known.set(fact, known);
      taken[fact] = known;
    }
    return taken;
  }

  /** Text of the last message of the user, as conditions see it. */
  get text(): string {
    const { messages } = this.#read();
    return shortened(messages.findLast(({ role }) => role === "user")?.text ?? "");
  }

  async #find(fact: Exclude<PromptFact, "intent">): Promise<PromptValue> {
    switch (fact) {
      case "text":
        return this.text;
      case "conversation":
        return shortened(
          this.#read()
            .messages.map(({ text }) => text)
            .join("\n"),
        );
      case "system":
        return shortened(this.#read().system.join("\n"));
      case "tokens":
        return BigInt(estimateInputTokens(Buffer.byteLength(this.#body), this.#body.slice(0, sampleChars)));
      case "messages":
        return BigInt(this.#read().messages.length);
      case "code":
        return holdsCode(this.text);
      case "language":
        return await languageOf(this.text);
      case "json":
      case "reasoning":
        return this.#read()[fact];
      default:
        return BigInt(this.#read()[fact]);
    }
  }

  #read(): PromptContent {
    this.#content ??= readPromptContent(this.#dialect, parsed(this.#body));
    return this.#content;
  }
}

function shortened(text: string): string {
  if (text.length <= longestText) return text;
  const half = longestText / 2;
  return `${text.slice(0, half)}\n${text.slice(-half)}`;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
