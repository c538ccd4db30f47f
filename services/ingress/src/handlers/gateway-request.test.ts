import { SluiceError } from "@sluice/contracts/sluice-error";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  answerOk,
  type BenchIngress,
  dialectRequests,
  type IngressBench,
  jsonHeaders,
  startIngressBench,
} from "../testing/ingress-bench.ts";

type DialectName = keyof typeof dialectRequests;
const dialects = Object.keys(dialectRequests) as DialectName[];

let bench: IngressBench;
/** Takes 2 KiB, 8 levels, and a second for an upload. */
let strict: BenchIngress;
beforeAll(async () => {
  bench = await startIngressBench();
  strict = await bench.startIngress({ gateway: "{ maxBody: 2KiB, maxJsonDepth: 8, uploadTimeout: 1s }" });
});
afterAll(() => bench.stop());

/** What an error is called: OpenAI's type and code, Anthropic's type, Gemini's status and reason. */
interface Words {
  openai: [type: string, code: string];
  anthropic: string;
  gemini: [status: string, reason: string];
  message: string;
  parameter?: string;
  retryDelay?: string;
}

function expectedBody(dialect: DialectName, status: number, requestId: string | null, words: Words): unknown {
  const { message, parameter, retryDelay } = words;
  if (dialect === "openai") {
    const [type, code] = words.openai;
    return { error: { message, type, param: parameter ?? null, code } };
  }
  if (dialect === "anthropic") {
    const named =
      parameter === undefined || message.includes(parameter) ? message : `${parameter}: ${message}`;
    return { type: "error", error: { type: words.anthropic, message: named }, request_id: requestId };
  }
  const google = (type: string, fields: object) => ({
    "@type": `type.googleapis.com/google.rpc.${type}`,
    ...fields,
  });
  return {
    error: {
      code: status,
      message,
      status: words.gemini[0],
      details: [
        google("ErrorInfo", { reason: words.gemini[1], domain: "sluice" }),
        google("RequestInfo", { requestId }),
        ...(parameter === undefined
          ? []
          : [google("BadRequest", { fieldViolations: [{ field: parameter, description: message }] })]),
        ...(retryDelay === undefined ? [] : [google("RetryInfo", { retryDelay })]),
      ],
    },
  };
}

/** A body that comes in pieces, so that its length is not known before. */
function inPieces(...pieces: (string | Uint8Array)[]): RequestInit {
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(Buffer.from(piece));
    },
  });
  return { body: stream, duplex: "half" } as RequestInit;
}

const invalidRequest = {
  openai: ["invalid_request_error", "invalid_request"] as [string, string],
  anthropic: "invalid_request_error",
  gemini: ["INVALID_ARGUMENT", "INVALID_REQUEST"] as [string, string],
};
const invalidJson = {
  openai: ["invalid_request_error", "invalid_json"] as [string, string],
  anthropic: "invalid_request_error",
  gemini: ["INVALID_ARGUMENT", "INVALID_JSON"] as [string, string],
};
const tooLarge: Words = {
  openai: ["invalid_request_error", "body_too_large"],
  anthropic: "request_too_large",
  gemini: ["INVALID_ARGUMENT", "BODY_TOO_LARGE"],
  message: "The request body is larger than 2048 bytes.",
};
const wrongType: Words = {
  openai: ["invalid_request_error", "unsupported_media_type"],
  anthropic: "invalid_request_error",
  gemini: ["INVALID_ARGUMENT", "UNSUPPORTED_MEDIA_TYPE"],
  message: "The request body must be application/json.",
  parameter: "content-type",
};

const cases: { name: string; request: RequestInit; status: number; words: Words }[] = [
  {
    name: "a body that announces too many bytes",
    request: { body: `{"model":"m","a":"${"x".repeat(2048)}"}` },
    status: 413,
    words: tooLarge,
  },
  {
    name: "a body of no announced length that is too long",
    request: inPieces('{"model":"m","a":"', "x".repeat(1500), "x".repeat(1500), '"}'),
    status: 413,
    words: tooLarge,
  },
  {
    name: "another content type",
    request: { headers: { "content-type": "text/plain" }, body: "{}" },
    status: 415,
    words: wrongType,
  },
  {
    name: "a content type that is none",
    request: { headers: { "content-type": "garbage" }, body: "{}" },
    status: 415,
    words: wrongType,
  },
  {
    name: "a compressed body",
    request: { headers: { ...jsonHeaders, "content-encoding": "gzip" }, body: "{}" },
    status: 415,
    words: {
      ...wrongType,
      message: "The request body must not be compressed.",
      parameter: "content-encoding",
    },
  },
  {
    name: "malformed JSON",
    request: { body: '{"model": "m",\n  "messages": [}' },
    status: 400,
    words: {
      ...invalidJson,
      message: "The request body is not valid JSON at line 2, column 16 (position 30).",
    },
  },
  {
    name: "an empty body",
    request: { body: "" },
    status: 400,
    words: { ...invalidJson, message: "The request body is not valid JSON (it is empty)." },
  },
  {
    name: "bytes that are no UTF-8",
    request: { body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) },
    status: 400,
    words: { ...invalidJson, message: "The request body is not valid UTF-8." },
  },
  {
    name: "JSON that is nested too deep",
    request: { body: `{"model":"m","a":${"[".repeat(8)}${"]".repeat(8)}}` },
    status: 400,
    words: { ...invalidRequest, message: "The request body is nested deeper than 8 levels." },
  },
  {
    name: "JSON that is no object",
    request: { body: "[]" },
    status: 400,
    words: { ...invalidRequest, message: "The request body must be a JSON object." },
  },
  {
    name: "a stream that is not true or false",
    request: { body: '{"model":"m","stream":"yes"}' },
    status: 400,
    words: { ...invalidRequest, message: "The field stream must be true or false.", parameter: "stream" },
  },
  {
    name: "a model that is no name",
    request: { body: '{"model":5}' },
    status: 400,
    words: {
      ...invalidRequest,
      message: "The field model must be a string of 1 to 256 characters.",
      parameter: "model",
    },
  },
];

describe.each(dialects)("an error in the words of %s", (dialect) => {
  const { path } = dialectRequests[dialect];

  it.each(cases)("for $name", async ({ request, status, words }) => {
    const given = { ...request };
    // A stream can be sent once; each dialect gets its own.
    if (given.body instanceof ReadableStream)
      Object.assign(given, inPieces('{"model":"m","a":"', "x".repeat(3000), '"}'));
    const response = await fetch(strict.url + path, { method: "POST", headers: jsonHeaders, ...given });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    const requestId = response.headers.get("x-request-id");
    expect(requestId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(await response.json()).toEqual(expectedBody(dialect, status, requestId, words));
  });

  it("for a body that does not come in time", async () => {
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from('{"model":')),
    });
    const init = { method: "POST", headers: jsonHeaders, body: stream, duplex: "half" } as RequestInit;
    const response = await fetch(strict.url + path, init);
    expect(response.status).toBe(408);
    expect(await response.json()).toEqual(
      expectedBody(dialect, 408, response.headers.get("x-request-id"), {
        openai: ["invalid_request_error", "upload_timeout"],
        anthropic: "invalid_request_error",
        gemini: ["INVALID_ARGUMENT", "UPLOAD_TIMEOUT"],
        message: "The request body did not arrive within 1 s.",
      }),
    );
  });

  it.each(["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"])("for the method %s", async (method) => {
    const response = await fetch(bench.ingress.url + path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
    expect(await response.json()).toEqual(
      expectedBody(dialect, 405, response.headers.get("x-request-id"), {
        openai: ["invalid_request_error", "method_not_allowed"],
        anthropic: "invalid_request_error",
        gemini: ["UNIMPLEMENTED", "METHOD_NOT_ALLOWED"],
        message: `${method} is not served here; POST is.`,
      }),
    );
  });

  it("for a path that is not there", async () => {
    const paths = { openai: "/v1/nothing", anthropic: "/v1/messages/batches", gemini: "/v1beta/files" };
    const response = await fetch(bench.ingress.url + paths[dialect]);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual(
      expectedBody(dialect, 404, response.headers.get("x-request-id"), {
        openai: ["invalid_request_error", "not_found"],
        anthropic: "not_found_error",
        gemini: ["NOT_FOUND", "NOT_FOUND"],
        message: "There is no such endpoint. docs/endpoints.md lists those that are served.",
      }),
    );
  });

  it("of a step behind it, with the status and the pause that the step gave", async () => {
    bench.answerWith(() => {
      throw new SluiceError("rate_limited", "Too many requests.", { retryAfterMs: 1500 });
    });
    const { body } = dialectRequests[dialect];
    const response = await fetch(bench.ingress.url + path, { method: "POST", headers: jsonHeaders, body });
    bench.answerWith(answerOk);
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("2");
    expect(await response.json()).toEqual(
      expectedBody(dialect, 429, response.headers.get("x-request-id"), {
        openai: ["rate_limit_error", "rate_limit_exceeded"],
        anthropic: "rate_limit_error",
        gemini: ["RESOURCE_EXHAUSTED", "RATE_LIMITED"],
        message: "Too many requests.",
        retryDelay: "1.5s",
      }),
    );
  });
});

describe("a request that names no model", () => {
  it.each(["openai", "anthropic"] as const)("is refused in the words of %s", async (dialect) => {
    const { path } = dialectRequests[dialect];
    const init = { method: "POST", headers: jsonHeaders, body: '{"messages":[]}' };
    const response = await fetch(bench.ingress.url + path, init);
    expect(response.status).toBe(400);
    const words: Words = { ...invalidRequest, message: "The field model is missing.", parameter: "model" };
    expect(await response.json()).toEqual(
      expectedBody(dialect, 400, response.headers.get("x-request-id"), words),
    );
  });
});

describe("the Responses API", () => {
  it("is refused with the endpoint to use instead", async () => {
    const response = await fetch(`${bench.ingress.url}/v1/responses`, { method: "POST", body: "{}" });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: {
        message: "The Responses API is not served; use POST /v1/chat/completions.",
        type: "invalid_request_error",
        param: null,
        code: "not_found",
      },
    });
  });
});

describe("an answer to HEAD", () => {
  it("has no body, and tells which methods there are", async () => {
    const response = await fetch(`${bench.ingress.url}/v1/models`, { method: "HEAD" });
    expect([response.status, response.headers.get("allow"), await response.text()]).toEqual([405, "GET", ""]);
  });
});

describe("every answer", () => {
  it("to Anthropic's SDK has its request-id too", async () => {
    const { path, body } = dialectRequests.anthropic;
    const response = await fetch(bench.ingress.url + path, { method: "POST", headers: jsonHeaders, body });
    expect(response.headers.get("request-id")).toBe(response.headers.get("x-request-id"));
    await response.body?.cancel();
  });
});
