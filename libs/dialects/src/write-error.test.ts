import { type ErrorCode, errorCodes } from "@sluice/contracts/error-code";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { describe, expect, it } from "vitest";
import { writeAnthropicError, writeAnthropicStreamError } from "./anthropic/write-error.ts";
import { writeAnthropicModelList } from "./anthropic/write-model-list.ts";
import { clientErrorWords } from "./client-error-words.ts";
import { writeGeminiError, writeGeminiStreamError } from "./gemini/write-error.ts";
import { writeGeminiModelList } from "./gemini/write-model-list.ts";
import { writeOpenaiError, writeOpenaiStreamError } from "./openai/write-error.ts";
import { writeOpenaiModelList } from "./openai/write-model-list.ts";

const requestId = "0198c0de-0000-7000-8000-000000000001";
const limited = new SluiceError("rate_limited", "Too many requests.", { retryAfterMs: 1500 });
const invalid = new SluiceError("invalid_request", "must be a string", { parameter: "messages[0].role" });

describe("error bodies", () => {
  it("are exact in the OpenAI dialect", () => {
    expect(writeOpenaiError(limited)).toEqual({
      error: {
        message: "Too many requests.",
        type: "rate_limit_error",
        param: null,
        code: "rate_limit_exceeded",
      },
    });
    expect(writeOpenaiError(invalid)).toEqual({
      error: {
        message: "must be a string",
        type: "invalid_request_error",
        param: "messages[0].role",
        code: "invalid_request",
      },
    });
  });

  it("are exact in the Anthropic dialect, the parameter in the message", () => {
    expect(writeAnthropicError(limited, requestId)).toEqual({
      type: "error",
      error: { type: "rate_limit_error", message: "Too many requests." },
      request_id: requestId,
    });
    expect(writeAnthropicError(invalid, requestId).error.message).toBe("messages[0].role: must be a string");
  });

  it("are exact in the Gemini dialect, with google.rpc details", () => {
    expect(writeGeminiError(limited, requestId)).toEqual({
      error: {
        code: 429,
        message: "Too many requests.",
        status: "RESOURCE_EXHAUSTED",
        details: [
          { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "RATE_LIMITED", domain: "sluice" },
          { "@type": "type.googleapis.com/google.rpc.RequestInfo", requestId },
          { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "1.5s" },
        ],
      },
    });
    expect(writeGeminiError(invalid, requestId).error.details).toContainEqual({
      "@type": "type.googleapis.com/google.rpc.BadRequest",
      fieldViolations: [{ field: "messages[0].role", description: "must be a string" }],
    });
  });

  it("keep the provider's status where the error carries one", () => {
    const rejected = new SluiceError("provider_rejected", "No such model.", { status: 404 });
    expect(writeGeminiError(rejected, requestId).error.code).toBe(404);
  });

  it.each(Object.keys(errorCodes) as ErrorCode[])("have words for %s in every dialect", (code) => {
    const words = clientErrorWords[code];
    expect(words.openai.type).toMatch(/^[a-z_]+$/);
    expect(words.anthropic).toMatch(/^(?:[a-z_]+_error|request_too_large)$/);
    expect(words.gemini).toMatch(/^[A-Z_]+$/);
  });
});

describe("errors in a stream", () => {
  it("are one event of the dialect", () => {
    const error = new SluiceError("internal", "An internal error occurred.");
    expect(writeOpenaiStreamError(error)).toBe(
      'data: {"error":{"message":"An internal error occurred.","type":"server_error","param":null,"code":"internal"}}\n\n',
    );
    expect(writeAnthropicStreamError(error, "r")).toBe(
      'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"An internal error occurred."},"request_id":"r"}\n\n',
    );
    expect(writeGeminiStreamError(error, "r")).toMatch(/^data: \{"error":\{"code":500,.*\}\r\n\r\n$/);
  });

  it("close the JSON array of a Gemini stream", () => {
    const error = new SluiceError("internal", "An internal error occurred.");
    const late = writeGeminiStreamError(error, "r", { framing: "json-array" });
    expect(JSON.parse(`[{}${late}`)).toHaveLength(2);
    const early = writeGeminiStreamError(error, "r", { framing: "json-array", started: false });
    expect(JSON.parse(early)).toHaveLength(1);
  });
});

describe("model lists", () => {
  const models = [{ name: "small", createdAtMs: 1_700_000_000_000 }, { name: "large" }];

  it("are written for each dialect", () => {
    expect(writeOpenaiModelList(models)).toEqual({
      object: "list",
      data: [
        { id: "small", object: "model", created: 1_700_000_000, owned_by: "sluice" },
        { id: "large", object: "model", created: 0, owned_by: "sluice" },
      ],
    });
    expect(writeAnthropicModelList(models)).toMatchObject({
      data: [{ id: "small", type: "model", created_at: "2023-11-14T22:13:20.000Z" }, { id: "large" }],
      first_id: "small",
      has_more: false,
      last_id: "large",
    });
    expect(writeAnthropicModelList([])).toMatchObject({ data: [], first_id: null, last_id: null });
    expect(writeGeminiModelList(models)).toMatchObject({
      models: [{ name: "models/small" }, { name: "models/large" }],
    });
  });
});
