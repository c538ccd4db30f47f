import type { Behaviour } from "./behaviour.ts";
import type { Exchange } from "./delivery/exchange.ts";
import { ProviderError } from "./provider-error.ts";

const messages: Record<number, string> = {
  429: "Rate limit reached.",
  500: "The server had an error while processing your request.",
  503: "The service is overloaded or not ready yet.",
  529: "Overloaded",
};

/** @throws ProviderError when the behaviour is an error status, once its latency has passed */
export async function failAsAsked(exchange: Exchange, behaviour: Behaviour): Promise<void> {
  if (behaviour.status === undefined || behaviour.errorAfter !== undefined) return;
  if (behaviour.latencyMs !== undefined) await exchange.wait(behaviour.latencyMs);
  throw new ProviderError(behaviour.status, messages[behaviour.status] ?? "An error that was asked for.", {
    retryAfterSeconds: behaviour.retryAfter,
  });
}

/**
 * The time before the first byte, or the end before it: `latency-ms`, `hang`, `cut-after=0`.
 * @returns whether a reply is to follow
 */
export async function beginReply(
  exchange: Exchange,
  behaviour: Behaviour,
  isPlain: boolean,
): Promise<boolean> {
  const latencyMs = (behaviour.latencyMs ?? 0) + (isPlain ? (behaviour.firstTokenMs ?? 0) : 0);
  if (latencyMs > 0) await exchange.wait(latencyMs);
  if (behaviour.hang) await exchange.wait(Number.POSITIVE_INFINITY);
  if (behaviour.cutAfter === 0) await exchange.cut();
  return !exchange.closed;
}
