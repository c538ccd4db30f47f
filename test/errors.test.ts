import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { errorCodeSchema, errorCodes } from "@sluice/contracts/error-code";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { clientErrorWords } from "@sluice/dialects/client-error-words";
import { getDialect } from "@sluice/dialects/dialects";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorCases, foreignModel, hastyModel, send } from "./support/error-cases.ts";
import { documentedErrors, expectedBody, explainedCodes } from "./support/error-table.ts";
import { expectError, expectStreamError } from "./support/expect-error.ts";
import { type Mesh, startMesh } from "./support/mesh.ts";
import {
  type ClientDialect,
  chatBody,
  chatPath,
  clientDialects,
  keyHeaders,
  sendChat,
} from "./support/raw-request.ts";
import { createKey } from "./support/run-sluice.ts";

const configuration = `
gateway: {maxBody: 64KiB, maxJsonDepth: 16, uploadTimeout: 1s}
backends:
  openai: {provider: openai, retries: {baseDelay: 1ms}}
  anthropic: {provider: anthropic, retries: {baseDelay: 1ms}}
  gemini: {provider: gemini, retries: {baseDelay: 1ms}}
  nowhere: {provider: openai, baseUrl: "http://127.0.0.1:1/v1", retries: {baseDelay: 1ms}}
  keyless: {provider: openai, apiKey: {env: REFUSED_PROVIDER_KEY}}
  hasty-openai: {provider: openai, timeouts: {firstToken: 300ms, idle: 300ms}}
  hasty-anthropic: {provider: anthropic, timeouts: {firstToken: 300ms, idle: 300ms}}
  hasty-gemini: {provider: gemini, timeouts: {firstToken: 300ms, idle: 300ms}}
models:
  - {name: gpt-*, backend: openai}
  - {name: claude-*, backend: anthropic}
  - {name: gemini-*, backend: gemini}
  - {name: unreachable, backend: nowhere, providerModel: gpt-4o}
  - {name: unpaid, backend: keyless, providerModel: gpt-4o}
  - {name: hasty-gpt, backend: hasty-openai, providerModel: gpt-4o}
  - {name: hasty-claude, backend: hasty-anthropic, providerModel: claude-sonnet-4-5}
  - {name: hasty-gemini, backend: hasty-gemini, providerModel: gemini-2.5-flash}
  - {name: guarded, backend: openai, providerModel: gpt-4o, guardPolicies: [strict]}
guardPolicies:
  strict:
    prompt: [{pattern: 'PROJECT-\\d{4}', name: project_number, action: block}]
    reply: [{pattern: 'SECRET-\\d{4}', name: secret_number, action: block}]
`;

let mesh: Mesh;
let narrowKey: string;
let shortKey: string;
beforeAll(async () => {
  mesh = await startMesh({
    configuration,
    environment: { REFUSED_PROVIDER_KEY: "bad-provider-key", SLUICE_GUARD_MAX_REPLY_BYTES: "4096" },
  });
  [narrowKey, shortKey] = await Promise.all([
    createKey(mesh, "--model", "gpt-4o", "--model", "o3*").then(({ secret }) => secret),
    createKey(mesh, "--expires", "1s").then(({ secret }) => secret),
  ]);
});
afterAll(async () => {
  await mesh?.stop();
});

function ask(dialect: ClientDialect, model: string, question: string, stream = false): Promise<Response> {
  return sendChat(mesh, { dialect, model, text: question, stream });
}

describe.each(clientDialects)("in the dialect of %s", (dialect) => {
  test.each(errorCases.map((each) => [each.what, each] as const))(
    "%s",
    async (_what, { provoke, expected }) => {
      const response = await provoke({ mesh, narrowKey }, dialect);
      await expectError(response, dialect, typeof expected === "function" ? expected(dialect) : expected);
    },
  );

  test("a key whose time is over", async () => {
    await expect.poll(async () => (await send(mesh, dialect, { key: shortKey })).status).toBe(401);
    const response = await send(mesh, dialect, { key: shortKey });
    await expectError(response, dialect, { code: "expired_credential", message: "The API key has expired." });
  });

  test("a body that does not arrive", async () => {
    const response = await new Promise<Response>((resolve, reject) => {
      const request = httpRequest(
        mesh.gateway + chatPath(dialect, "gpt-4o"),
        {
          method: "POST",
          headers: {
            "content-type": "application/json",
            "content-length": "100",
            ...keyHeaders(dialect, mesh.apiKey),
          },
        },
        (answer) => {
          text(answer).then((body) => {
            const headers = Object.entries(answer.headers).map(([name, value]): [string, string] => [
              name,
              String(value),
            ]);
            resolve(new Response(body, { status: answer.statusCode ?? 0, headers }));
            request.destroy();
          }, reject);
        },
      );
      request.on("error", reject);
      request.write('{"model": ');
    });
    await expectError(response, dialect, {
      code: "upload_timeout",
      message: "The request body did not arrive within 1 s.",
    });
  });

  test.each([
    ["breaks off", foreignModel, "cut-after=3", "provider_stream_cut", "The provider broke off its reply."],
    [
      "falls silent",
      hastyModel,
      "stall-after=3",
      "provider_timeout",
      "The provider was silent between two pieces of its reply for 0.3 s.",
    ],
    ["fails", foreignModel, "error-after=3", "provider_error", expect.any(String)],
    ["sends nonsense", foreignModel, "invalid-sse", "provider_invalid_reply", expect.any(String)],
  ])("a provider that %s within a stream", async (_what, model, directive, code, message) => {
    const response = await ask(dialect, model[dialect], `[[sim ${directive}]]`, true);
    await expectStreamError(response, dialect, { code, message });
  });

  test("a reply that a policy blocks within a stream", async () => {
    const response = await ask(
      dialect,
      "guarded",
      '[[sim say="A long way before it is said that SECRET-1234" chunk-ms=20]]',
      true,
    );
    await expectStreamError(response, dialect, {
      code: "reply_blocked",
      message: "The reply was stopped by a guard policy: it holds secret_number.",
    });
  });

  test("an error before a stream has begun has its real status", async () => {
    await expectError(await ask(dialect, foreignModel[dialect], "[[sim status=422]]", true), dialect, {
      code: "provider_rejected",
      message: expect.any(String) as unknown as string,
      status: 422,
    });
  });
});

test("a Gemini stream without alt=sse is closed with the error as its last element", async () => {
  const response = await send(mesh, "gemini", {
    path: "/v1beta/models/gpt-4o:streamGenerateContent",
    body: JSON.stringify(chatBody("gemini", "gpt-4o", "[[sim cut-after=3]]")),
  });
  const elements: unknown = await response.json();
  expect(elements).toEqual([
    ...Array.from({ length: 3 }, () => expect.objectContaining({ candidates: expect.anything() })),
    expectedBody(
      "gemini",
      { code: "provider_stream_cut", message: "The provider broke off its reply." },
      response.headers.get("x-request-id"),
    ),
  ]);
});

test("405 names the methods that are served", async () => {
  const response = await send(mesh, "openai", { path: "/v1/chat/completions", method: "PUT" });
  expect(response.headers.get("allow")).toBe("POST");
});

test.each([
  ["openai", "gpt-4o", { error: { type: "requests", code: "rate_limit_exceeded" } }],
  ["anthropic", "claude-sonnet-4-5", { type: "error", error: { type: "rate_limit_error" } }],
  ["gemini", "gemini-2.5-flash", { error: { code: 429, status: "RESOURCE_EXHAUSTED" } }],
] as const)("an error of %s goes to its own clients as it is", async (dialect, model, body) => {
  const directive = "[[sim status=429 retry-after=9]]";
  const response = await ask(dialect, model, directive);
  const direct = await fetch(mesh.simulatorUrl + chatPath(dialect, model), {
    method: "POST",
    headers: { "content-type": "application/json", ...keyHeaders(dialect, "any-key") },
    body: JSON.stringify(chatBody(dialect, model, directive)),
  });
  expect(response.status).toBe(429);
  expect(response.headers.get("retry-after")).toBe("9");
  const received: unknown = await response.json();
  expect(received).toMatchObject(body);
  expect(withoutIds(received)).toEqual(withoutIds(await direct.json()));
});

/** A body without the id that each request has of its own. */
function withoutIds(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body).replaceAll(/"req_[0-9a-z]+"/g, '"req"'));
}

test("headers past the limit are refused before the path is known", async () => {
  const { port, hostname } = new URL(mesh.gateway);
  const socket = connect(Number(port), hostname);
  socket.write(`POST /v1/messages HTTP/1.1\r\nhost: x\r\npadding: ${"x".repeat(40_000)}\r\n\r\n`);
  const [head = "", body = ""] = (await text(socket)).split("\r\n\r\n");
  expect(head.split("\r\n")[0]).toBe("HTTP/1.1 431 Request Header Fields Too Large");
  expect(JSON.parse(body)).toEqual(
    expectedBody(
      "openai",
      { code: "headers_too_large", message: "The request's headers are larger than 32768 bytes." },
      null,
    ),
  );
});

describe("docs/errors.md", () => {
  test("has each code with its status, whether it may be repeated, and its words in each dialect", () => {
    const inCode = Object.entries(errorCodes).map(([code, { status, retryable }]) => ({
      code,
      status,
      isRetryable: retryable,
      ...clientErrorWords[code as keyof typeof errorCodes],
    }));
    const byCode = (a: { code: string }, b: { code: string }) => a.code.localeCompare(b.code);
    expect(documentedErrors().sort(byCode)).toEqual(inCode.sort(byCode));
  });

  // Some codes nobody can provoke from outside; the bodies of all are written by the same functions.
  test.each(errorCodeSchema.options)("has the body of %s in each dialect", (code) => {
    const requestId = "01a2038b-836b-7028-b2d9-fc5a0d5f451b";
    const error = new SluiceError(code, "It went wrong.", { parameter: "messages[0]", retryAfterMs: 1500 });
    const expected = { code, message: "It went wrong.", parameter: "messages[0]", retryAfterMs: 1500 };
    for (const dialect of clientDialects) {
      expect(getDialect(dialect).writeError(error, requestId)).toEqual(
        expectedBody(dialect, expected, requestId),
      );
    }
  });

  test("says of each code what it means and what to do", () => {
    expect(explainedCodes().sort()).toEqual(Object.keys(errorCodes).sort());
  });
});
