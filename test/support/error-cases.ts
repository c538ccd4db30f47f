import { expect } from "vitest";
import type { ExpectedError } from "./error-table.ts";
import type { MeshAddress } from "./mesh-address.ts";
import { type ClientDialect, chatBody, chatPath, keyHeaders, sendChat } from "./raw-request.ts";

/** A model whose provider speaks another dialect than the client. */
export const foreignModel: Record<ClientDialect, string> = {
  openai: "claude-sonnet-4-5",
  anthropic: "gemini-2.5-flash",
  gemini: "gpt-4o",
};
export const hastyModel: Record<ClientDialect, string> = {
  openai: "hasty-claude",
  anthropic: "hasty-gemini",
  gemini: "hasty-gpt",
};

interface RawRequest {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  key?: string;
  /** Sent as it is. @default a question to `gpt-4o` */
  body?: string;
}

/** Sends what an SDK would not. */
export function send(mesh: MeshAddress, dialect: ClientDialect, request: RawRequest): Promise<Response> {
  const { path = chatPath(dialect, "gpt-4o"), method = "POST", headers = {}, key = mesh.apiKey } = request;
  const body = request.body ?? JSON.stringify(chatBody(dialect, "gpt-4o", "Hi"));
  return fetch(mesh.gateway + path, {
    method,
    headers: { "content-type": "application/json", ...keyHeaders(dialect, key), ...headers },
    ...(method === "GET" ? {} : { body }),
  });
}

/** A body of the dialect with something that the provider of its foreign model can't do. */
const untranslatable: Record<ClientDialect, { body: object; parameter: string; message: string }> = {
  openai: {
    body: { ...record(chatBody("openai", foreignModel.openai, "Hi")), logit_bias: { "50256": -100 } },
    parameter: "logit_bias",
    message: "logit_bias cannot be translated for this model.",
  },
  anthropic: {
    body: { ...record(chatBody("anthropic", foreignModel.anthropic, "Hi")), mcp_servers: [{ name: "x" }] },
    parameter: "mcp_servers",
    message: "MCP servers cannot be translated for this model.",
  },
  gemini: {
    body: { ...record(chatBody("gemini", "", "Hi")), generationConfig: { topK: 3 } },
    parameter: "generationConfig.topK",
    message: "This model has no top-k sampling.",
  },
};

function record(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}

const keyPlace: Record<ClientDialect, string> = {
  openai: "authorization: Bearer KEY",
  anthropic: "x-api-key: KEY",
  gemini: "x-goog-api-key: KEY",
};
const chatMethodPaths: Record<ClientDialect, string> = {
  openai: "/v1/chat/completions",
  anthropic: "/v1/messages",
  gemini: "/v1beta/models/gpt-4o:generateContent",
};
const unknownPaths: Record<ClientDialect, string> = {
  openai: "/v1/completions",
  anthropic: "/v1/messages/batches",
  gemini: "/v1beta/cachedContents",
};

/** What the cases work with. */
export interface ErrorSource {
  mesh: MeshAddress;
  /** Key that may use `gpt-4o` and `o3*` only. */
  narrowKey: string;
}

export interface ErrorCase {
  /** What is sent, or what happens to it. */
  what: string;
  provoke: (from: ErrorSource, dialect: ClientDialect) => Promise<Response>;
  expected: ExpectedError | ((dialect: ClientDialect) => ExpectedError);
}

/** One request for each way in which a client can be refused, with the answer that it is to get. */
export const errorCases: ErrorCase[] = [
  {
    what: "JSON that ends too early",
    provoke: ({ mesh }, dialect) => send(mesh, dialect, { body: '{"messages": [' }),
    expected: {
      code: "invalid_json",
      message: "The request body is not valid JSON (it ends too early).",
    },
  },
  {
    what: "JSON with a fault in its middle",
    provoke: ({ mesh }, dialect) => send(mesh, dialect, { body: '{\n  "messages": [,]\n}' }),
    expected: {
      code: "invalid_json",
      message: "The request body is not valid JSON at line 2, column 16 (position 17).",
    },
  },
  {
    what: "a body that is no object",
    provoke: ({ mesh }, dialect) => send(mesh, dialect, { body: "[]" }),
    expected: { code: "invalid_request", message: "The request body must be a JSON object." },
  },
  {
    what: "JSON that is nested too deep",
    provoke: ({ mesh }, dialect) =>
      send(mesh, dialect, { body: `{"a": ${"[".repeat(16)}${"]".repeat(16)}}` }),
    expected: { code: "invalid_request", message: "The request body is nested deeper than 16 levels." },
  },
  {
    what: "a stream that is neither true nor false",
    provoke: ({ mesh }, dialect) => send(mesh, dialect, { body: '{"model": "gpt-4o", "stream": "yes"}' }),
    expected: {
      code: "invalid_request",
      message: "The field stream must be true or false.",
      parameter: "stream",
    },
  },
  {
    what: "what the model's provider can't do",
    provoke: ({ mesh }, dialect) =>
      send(mesh, dialect, {
        path: chatPath(dialect, foreignModel[dialect]),
        body: JSON.stringify(untranslatable[dialect].body),
      }),
    expected: (dialect) => ({ code: "unsupported_feature", ...untranslatable[dialect] }),
  },
  {
    what: "an unknown path",
    provoke: ({ mesh }, dialect) => send(mesh, dialect, { path: unknownPaths[dialect] }),
    expected: {
      code: "not_found",
      message: "There is no such endpoint. docs/endpoints.md lists those that are served.",
    },
  },
  {
    what: "another method",
    provoke: ({ mesh }, dialect) => send(mesh, dialect, { path: chatMethodPaths[dialect], method: "PUT" }),
    expected: { code: "method_not_allowed", message: "PUT is not served here; POST is." },
  },
  {
    what: "a body past the limit",
    provoke: ({ mesh }, dialect) =>
      send(mesh, dialect, { body: JSON.stringify({ model: "gpt-4o", pad: "x".repeat(70_000) }) }),
    expected: { code: "body_too_large", message: "The request body is larger than 65536 bytes." },
  },
  {
    what: "a body that is not called JSON",
    provoke: ({ mesh }, dialect) => send(mesh, dialect, { headers: { "content-type": "text/plain" } }),
    expected: {
      code: "unsupported_media_type",
      message: "The request body must be application/json.",
      parameter: "content-type",
    },
  },
  {
    what: "no key",
    provoke: ({ mesh }, dialect) =>
      fetch(mesh.gateway + chatPath(dialect, "gpt-4o"), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(chatBody(dialect, "gpt-4o", "Hi")),
      }),
    expected: (dialect) => ({
      code: "missing_credential",
      message: `No API key was sent. Send it as "${keyPlace[dialect]}".`,
    }),
  },
  {
    what: "an unknown key",
    provoke: ({ mesh }, dialect) => send(mesh, dialect, { key: "sk-sluice-unknown" }),
    expected: { code: "invalid_credential", message: "The API key is not valid." },
  },
  {
    what: "a model that the key may not use",
    provoke: ({ mesh, narrowKey }, dialect) =>
      send(mesh, dialect, {
        key: narrowKey,
        path: chatPath(dialect, "claude-sonnet-4-5"),
        body: JSON.stringify(chatBody(dialect, "claude-sonnet-4-5", "Hi")),
      }),
    expected: {
      code: "model_not_allowed",
      message: 'This API key may not use the model "claude-sonnet-4-5", only: gpt-4o, o3*.',
      parameter: "model",
    },
  },
  {
    what: "a model that is not there",
    provoke: ({ mesh }, dialect) => sendChat(mesh, { dialect, model: "unreachabel", text: "Hi" }),
    expected: {
      code: "model_not_found",
      message: 'There is no model "unreachabel". Did you mean "unreachable"?',
      parameter: "model",
    },
  },
  {
    what: "a prompt that a policy blocks",
    provoke: ({ mesh }, dialect) => sendChat(mesh, { dialect, model: "guarded", text: "About PROJECT-1234" }),
    expected: {
      code: "prompt_blocked",
      message: "The request was refused by a guard policy: the prompt holds project_number.",
    },
  },
  {
    what: "a reply that a policy blocks",
    provoke: ({ mesh }, dialect) =>
      sendChat(mesh, { dialect, model: "guarded", text: '[[sim say="It is SECRET-1234"]]' }),
    expected: {
      code: "reply_blocked",
      message: "The reply was stopped by a guard policy: it holds secret_number.",
    },
  },
  {
    what: "a reply that the guard can't inspect",
    provoke: ({ mesh }, dialect) => sendChat(mesh, { dialect, model: "guarded", text: "[[sim bytes=8192]]" }),
    expected: { code: "guard_unavailable", message: "The reply could not be inspected." },
  },
  {
    what: "a reply from the cache alone, which has none",
    provoke: ({ mesh }, dialect) => send(mesh, dialect, { headers: { "cache-control": "only-if-cached" } }),
    expected: {
      code: "not_cached",
      message: "No reply to this request is cached, and the client wants no other.",
    },
  },
  {
    what: "a provider that is not there",
    provoke: ({ mesh }, dialect) => sendChat(mesh, { dialect, model: "unreachable", text: "Hi" }),
    expected: { code: "provider_unreachable", message: "The provider could not be reached." },
  },
  {
    what: "a provider that does not answer",
    provoke: ({ mesh }, dialect) =>
      sendChat(mesh, { dialect, model: hastyModel[dialect], text: "[[sim hang]]" }),
    expected: {
      code: "provider_timeout",
      message: "The provider was silent until its first byte for 0.3 s.",
    },
  },
  {
    what: "a provider that limits for longer than Sluice waits",
    provoke: ({ mesh }, dialect) =>
      sendChat(mesh, { dialect, model: foreignModel[dialect], text: "[[sim status=429 retry-after=9]]" }),
    expected: { code: "provider_rate_limited", message: expect.any(String), retryAfterMs: 9000 },
  },
  {
    what: "a provider that refuses the request",
    provoke: ({ mesh }, dialect) =>
      sendChat(mesh, { dialect, model: foreignModel[dialect], text: "[[sim status=422]]" }),
    expected: { code: "provider_rejected", message: expect.any(String), status: 422 },
  },
  {
    what: "a provider that refuses the gateway's key",
    provoke: ({ mesh }, dialect) => sendChat(mesh, { dialect, model: "unpaid", text: "Hi" }),
    expected: {
      code: "provider_credential",
      message: "The provider refused the gateway's key (status 401).",
    },
  },
  {
    what: "a provider that fails",
    provoke: ({ mesh }, dialect) =>
      sendChat(mesh, { dialect, model: foreignModel[dialect], text: "[[sim status=500]]" }),
    expected: { code: "provider_error", message: expect.any(String) },
  },
  {
    what: "a reply of a provider that is half of one",
    provoke: ({ mesh }, dialect) =>
      sendChat(mesh, { dialect, model: foreignModel[dialect], text: "[[sim half-json]]" }),
    expected: { code: "provider_invalid_reply", message: "The provider's reply is not valid JSON." },
  },
  {
    what: "a provider that hangs up",
    provoke: ({ mesh }, dialect) =>
      sendChat(mesh, { dialect, model: foreignModel[dialect], text: "[[sim cut-after=0]]" }),
    expected: { code: "provider_stream_cut", message: "The provider hung up without an answer." },
  },
];
