import type { ProviderName } from "../provider-name.ts";

/** Where the names and values of a reply's headers alternate, as `writeHead` takes them. */
export type HeaderList = readonly string[];

const requestLimit = 10_000;
const tokenLimit = 10_000_000;
let calls = 0;
let resetSecond = 0;
let resetText = "";

/**
 * The headers with which a provider accompanies a reply. The limits are for show: what remains goes
 * round, nothing is ever refused because of it.
 */
export function providerHeaders(provider: ProviderName, requestId: string, startedAtMs: number): HeaderList {
  calls += 1;
  const remaining = String(requestLimit - 1 - (calls % 1_000));
  const remainingTokens = String(tokenLimit - (calls % 1_000) * 100);
  switch (provider) {
    case "openai":
      return [
        "x-request-id",
        requestId,
        "openai-organization",
        "org-simulator",
        "openai-version",
        "2020-10-01",
        "openai-processing-ms",
        String(Math.round(performance.now() - startedAtMs)),
        "x-ratelimit-limit-requests",
        String(requestLimit),
        "x-ratelimit-limit-tokens",
        String(tokenLimit),
        "x-ratelimit-remaining-requests",
        remaining,
        "x-ratelimit-remaining-tokens",
        remainingTokens,
        "x-ratelimit-reset-requests",
        "6ms",
        "x-ratelimit-reset-tokens",
        "1ms",
      ];
    case "anthropic": {
      const reset = resetTime();
      return [
        "request-id",
        requestId,
        "anthropic-organization-id",
        "01890000-0000-7000-8000-000000000000",
        "anthropic-ratelimit-requests-limit",
        String(requestLimit),
        "anthropic-ratelimit-requests-remaining",
        remaining,
        "anthropic-ratelimit-requests-reset",
        reset,
        "anthropic-ratelimit-tokens-limit",
        String(tokenLimit),
        "anthropic-ratelimit-tokens-remaining",
        remainingTokens,
        "anthropic-ratelimit-tokens-reset",
        reset,
        "anthropic-ratelimit-input-tokens-limit",
        String(tokenLimit),
        "anthropic-ratelimit-input-tokens-remaining",
        remainingTokens,
        "anthropic-ratelimit-input-tokens-reset",
        reset,
        "anthropic-ratelimit-output-tokens-limit",
        String(tokenLimit),
        "anthropic-ratelimit-output-tokens-remaining",
        remainingTokens,
        "anthropic-ratelimit-output-tokens-reset",
        reset,
      ];
    }
    case "gemini":
      return [
        "server-timing",
        `gfet4t7; dur=${Math.round(performance.now() - startedAtMs)}`,
        "vary",
        "Origin",
        "x-content-type-options",
        "nosniff",
      ];
  }
}

/** The next full second, made once a second. */
function resetTime(): string {
  const second = Math.floor(Date.now() / 1_000) + 1;
  if (second !== resetSecond) {
    resetSecond = second;
    resetText = new Date(second * 1_000).toISOString().replace(".000Z", "Z");
  }
  return resetText;
}
