import type { Envelope } from "@sluice/contracts/envelope";
import { noUsage, type Usage } from "@sluice/contracts/usage";
import type { TokenCounter } from "../adapters/token-counter.ts";
import { countableInput } from "../domain/countable-text.ts";
import type { ReplyAccount } from "../domain/reply-translation.ts";

/** Characters a token, where not even a count is to be had. */
const usualCharsPerToken = 4;

export interface CountUsageOptions {
  envelope: Envelope;
  /** Text of the client's body. */
  body: string;
  /** What the reply told about itself; what it has reported is kept. */
  account: ReplyAccount | undefined;
  /** What the call was taken for before it was made. */
  estimate: Usage;
}

/** Counts what a call used whose provider did not report it, or not all of it. Never rejects. */
export async function countUsage(
  tokens: Pick<TokenCounter, "count">,
  { envelope, body, account, estimate }: CountUsageOptions,
): Promise<Usage> {
  const reported = account?.usage;
  const [inputTokens, outputTokens] = await Promise.all([
    reported?.inputTokens ?? countInput(tokens, envelope, body, estimate.inputTokens),
    countOutput(tokens, account),
  ]);
  return {
    ...noUsage,
    ...reported,
    inputTokens,
    outputTokens: Math.max(outputTokens, reported?.outputTokens ?? 0),
  };
}

async function countInput(
  tokens: Pick<TokenCounter, "count">,
  envelope: Envelope,
  body: string,
  estimatedTokens: number,
): Promise<number> {
  try {
    const { text, overheadTokens } = countableInput(envelope, JSON.parse(body));
    const counted = await tokens.count(text);
    return counted === undefined ? estimatedTokens : counted + overheadTokens;
  } catch {
    // A body of the provider's own kind, which passed through and which the dialect can't read.
    return estimatedTokens;
  }
}

async function countOutput(
  tokens: Pick<TokenCounter, "count">,
  account: ReplyAccount | undefined,
): Promise<number> {
  if (account === undefined || account.outputText.length === 0) return 0;
  const { outputText, outputChars } = account;
  const counted = (await tokens.count(outputText)) ?? outputText.length / usualCharsPerToken;
  // Text beyond what was kept is taken to be like the text before it.
  return Math.ceil((counted * outputChars) / outputText.length);
}
