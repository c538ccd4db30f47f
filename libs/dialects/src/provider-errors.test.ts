import { dialectNames } from "@sluice/contracts/dialect-name";
import { describe, expect, it } from "vitest";
import { getDialect } from "./dialects.ts";
import { parseDuration, parseRetryAfter, readRetryAfterHeaders } from "./retry-after.ts";

const bodies = {
  openai: { error: { message: "Nope.", type: "invalid_request_error", param: null, code: "bad" } },
  anthropic: {
    type: "error",
    error: { type: "invalid_request_error", message: "Nope." },
    request_id: "req_1",
  },
  gemini: { error: { code: 400, message: "Nope.", status: "INVALID_ARGUMENT" } },
};
const statuses: [number, string, number][] = [
  [400, "provider_rejected", 400],
  [401, "provider_credential", 502],
  [402, "provider_credential", 502],
  [403, "provider_credential", 502],
  [404, "provider_rejected", 404],
  [408, "provider_timeout", 504],
  [409, "provider_error", 502],
  [413, "provider_rejected", 413],
  [422, "provider_rejected", 422],
  [429, "provider_rate_limited", 429],
  [500, "provider_error", 502],
  [503, "provider_error", 502],
  [504, "provider_timeout", 504],
  [529, "provider_error", 502],
  [302, "provider_invalid_reply", 502],
];

describe.each(dialectNames)("an error of %s", (name) => {
  const dialect = getDialect(name);

  it.each(statuses)("with the status %d is %s", (status, code, ownStatus) => {
    const error = dialect.toProviderError(status, {}, bodies[name]);
    expect(error).toMatchObject({ code, status: ownStatus });
  });

  it("passes its message on, but not where it may quote the key, and not without end", () => {
    expect(dialect.toProviderError(400, {}, bodies[name]).message).toBe("Nope.");
    expect(dialect.toProviderError(401, {}, bodies[name]).message).not.toContain("Nope");
    const long = JSON.parse(JSON.stringify(bodies[name]).replace("Nope.", "x".repeat(9000))) as unknown;
    expect(dialect.toProviderError(400, {}, long).message).toHaveLength(500);
  });

  it("is told by its status where its body says nothing", () => {
    for (const body of ["<html>", undefined, null, [], { error: 5 }, { detail: "x" }]) {
      expect(dialect.toProviderError(500, {}, body)).toMatchObject({
        code: "provider_error",
        message: "The provider answered with the status 500.",
      });
      expect(dialect.readErrorBody(500, body).message).toBe("The provider answered with the status 500.");
    }
  });

  it("tells its kind in the provider's own word", () => {
    expect(dialect.readErrorBody(400, bodies[name])).toEqual({
      message: "Nope.",
      type: name === "gemini" ? "INVALID_ARGUMENT" : "invalid_request_error",
    });
  });

  it("tells how long to wait by its header", () => {
    const error = dialect.toProviderError(429, { "retry-after": "7" }, bodies[name]);
    expect(error).toMatchObject({ code: "provider_rate_limited", retryAfterMs: 7000 });
    expect(dialect.toProviderError(503, { "retry-after": "2" }, bodies[name]).retryAfterMs).toBe(2000);
  });
});

describe("how long to wait", () => {
  it("may be told in seconds and as a date", () => {
    const nowMs = Date.parse("2026-01-01T00:00:00Z");
    expect(parseRetryAfter("1.5", nowMs)).toBe(1500);
    expect(parseRetryAfter("Thu, 01 Jan 2026 00:00:30 GMT", nowMs)).toBe(30_000);
    expect(parseRetryAfter("Wed, 31 Dec 2025 23:59:59 GMT", nowMs)).toBe(0);
    expect(parseRetryAfter("soon", nowMs)).toBeUndefined();
    expect(parseRetryAfter(undefined, nowMs)).toBeUndefined();
    expect(readRetryAfterHeaders({ "retry-after-ms": "250", "retry-after": "1" }, nowMs)).toBe(250);
  });

  it("may be told as a duration", () => {
    expect(parseDuration("6m0s")).toBe(360_000);
    expect(parseDuration("20ms")).toBe(20);
    expect(parseDuration("34.074824224s")).toBe(34_075);
    expect(parseDuration("1h2m")).toBe(3_720_000);
    expect(parseDuration("later")).toBeUndefined();
  });

  it("is the reset of OpenAI's limit that is used up", () => {
    const headers = {
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-requests": "1s",
      "x-ratelimit-remaining-tokens": "0",
      "x-ratelimit-reset-tokens": "6m0s",
    };
    expect(getDialect("openai").toProviderError(429, headers, {}).retryAfterMs).toBe(360_000);
    const half = { ...headers, "x-ratelimit-remaining-tokens": "5" };
    expect(getDialect("openai").toProviderError(429, half, {}).retryAfterMs).toBe(1000);
  });

  it("is the reset of Anthropic's limit that is used up", () => {
    const reset = new Date(Date.now() + 60_000).toISOString();
    const headers = {
      "anthropic-ratelimit-tokens-remaining": "0",
      "anthropic-ratelimit-tokens-reset": reset,
    };
    const { retryAfterMs } = getDialect("anthropic").toProviderError(429, headers, {});
    expect(retryAfterMs).toBeGreaterThan(30_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it("is the retry delay of Google's details", () => {
    const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "34s" }];
    const error = { code: 429, message: "Quota", status: "RESOURCE_EXHAUSTED", details };
    expect(getDialect("gemini").toProviderError(429, {}, { error }).retryAfterMs).toBe(34_000);
    expect(getDialect("gemini").toProviderError(429, {}, [{ error }]).retryAfterMs).toBe(34_000);
  });
});

describe("errors that speak of the gateway's own account", () => {
  it("are not the client's fault, whatever their status", () => {
    const quota = {
      error: {
        message: "You exceeded your current quota",
        type: "insufficient_quota",
        code: "insufficient_quota",
      },
    };
    expect(getDialect("openai").toProviderError(429, {}, quota)).toMatchObject({
      code: "provider_credential",
      retryable: false,
    });
    const billing = {
      type: "error",
      error: { type: "billing_error", message: "Your credit balance is too low" },
    };
    expect(getDialect("anthropic").toProviderError(400, {}, billing).code).toBe("provider_credential");
    const details = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID" }];
    const key = {
      error: { code: 400, message: "API key not valid: abc", status: "INVALID_ARGUMENT", details },
    };
    const error = getDialect("gemini").toProviderError(400, {}, key);
    expect(error.code).toBe("provider_credential");
    expect(error.message).not.toContain("abc");
  });
});

describe("headers to a provider", () => {
  it("carry the key and what changes the meaning of a reply, and nothing of the client's account", () => {
    const client = {
      authorization: "Bearer client",
      "openai-organization": "org",
      "openai-beta": "x=v1",
      "anthropic-version": "2026-10-21",
      "anthropic-beta": "fast-mode-2026-02-01",
    };
    expect(getDialect("openai").providerHeaders("key", client)).toEqual({
      authorization: "Bearer key",
      "openai-beta": "x=v1",
    });
    expect(getDialect("anthropic").providerHeaders("key", client)).toEqual({
      "x-api-key": "key",
      "anthropic-version": "2026-10-21",
      "anthropic-beta": "fast-mode-2026-02-01",
    });
    expect(getDialect("anthropic").providerHeaders("key", {})).toEqual({
      "x-api-key": "key",
      "anthropic-version": "2023-06-01",
    });
    expect(getDialect("gemini").providerHeaders("key", client)).toEqual({ "x-goog-api-key": "key" });
  });
});

const refusals: [string, keyof typeof bodies, string, string | null, string][] = [
  [
    "a request that is too long",
    "openai",
    "This model's maximum context length is 128000 tokens.",
    "context_length_exceeded",
    "provider_context_exceeded",
  ],
  [
    "a request that is too long for a compatible server",
    "openai",
    "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.",
    null,
    "provider_context_exceeded",
  ],
  [
    "a request that is too long",
    "anthropic",
    "prompt is too long: 210000 tokens > 200000 maximum",
    null,
    "provider_context_exceeded",
  ],
  [
    "a request that leaves no room",
    "anthropic",
    "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
    null,
    "provider_context_exceeded",
  ],
  [
    "a request that is too long",
    "gemini",
    "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    null,
    "provider_context_exceeded",
  ],
  [
    "a prompt against the rules",
    "openai",
    "Your request was rejected.",
    "content_policy_violation",
    "provider_content_refused",
  ],
  [
    "a prompt against the rules of an Azure deployment",
    "openai",
    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
    "content_filter",
    "provider_content_refused",
  ],
  [
    "an output against the rules",
    "anthropic",
    "Output blocked by content filtering policy",
    null,
    "provider_content_refused",
  ],
];

it.each(refusals)("%s is told apart (%s: %s)", (_what, name, message, code, expected) => {
  const error = { ...bodies[name].error, message, code };
  const body = { ...bodies[name], error };
  expect(getDialect(name).toProviderError(400, {}, body)).toMatchObject({
    code: expected,
    status: 400,
    message,
  });
});
