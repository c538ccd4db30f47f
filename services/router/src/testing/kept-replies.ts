import { noUsage } from "@sluice/contracts/usage";
import type { Generations, KeptReply } from "../domain/kept-reply.ts";

/** For tests: a reply that is kept for an hour. */
export function keptReply(body: string, generations: Generations, ttlMs = 3_600_000): KeptReply {
  const storedAtMs = Date.now();
  return {
    storedAtMs,
    expiresAtMs: storedAtMs + ttlMs,
    headers: { "content-type": "application/json" },
    body,
    backendName: "gpt",
    providerModel: "gpt-4o",
    usage: { ...noUsage, inputTokens: 3, outputTokens: 5 },
    generations,
  };
}
