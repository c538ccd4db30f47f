import type { Envelope } from "@sluice/contracts/envelope";
import { noUsage, type Usage } from "@sluice/contracts/usage";
import { estimateInputTokens } from "@sluice/dialects/estimate-input-tokens";

/** As much of a body as the estimate looks at. */
const sampleChars = 16 * 1024;
/** What a reply is taken for when the client has set no limit. */
export const usualOutputTokens = 512;
const outputLimit =
  /"(?:max_tokens|max_completion_tokens|maxOutputTokens|max_output_tokens)"\s*:\s*(\d{1,9})/;

/**
 * A cheap guess at what a call will use, before it is made: for reservations, and for an entry that is never
 * settled. It never runs a tokenizer.
 */
export function estimateUsage(envelope: Pick<Envelope, "operation">, body: string): Usage {
  const inputTokens = estimateInputTokens(Buffer.byteLength(body), body.slice(0, sampleChars));
  if (envelope.operation !== "chat") return { ...noUsage, inputTokens };
  const limit = Number(outputLimit.exec(body)?.[1] ?? usualOutputTokens);
  return { ...noUsage, inputTokens, outputTokens: Math.min(limit, 1_000_000) };
}
