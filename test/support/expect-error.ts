import { expect } from "vitest";
import { documented, type ExpectedError, expectedBody } from "./error-table.ts";
import type { ClientDialect } from "./raw-request.ts";

const repeatedBySdks = [408, 409, 429];

/** Expects an answer to be exactly this error: status, headers and the whole body. */
export async function expectError(
  response: Response,
  dialect: ClientDialect,
  expected: ExpectedError,
): Promise<void> {
  const { status, isRetryable } = documented(expected.code);
  const wanted = expected.status ?? status;
  const requestId = response.headers.get("x-request-id");
  const body: unknown = await response.json();
  expect({ status: response.status, body }).toEqual({
    status: wanted,
    body: expectedBody(dialect, expected, requestId),
  });
  const { retryAfterMs } = expected;
  const sdksWouldRepeat = wanted >= 500 || repeatedBySdks.includes(wanted);
  expect({
    contentType: response.headers.get("content-type"),
    requestId,
    anthropicRequestId: response.headers.get("request-id"),
    retryAfter: response.headers.get("retry-after"),
    shouldRetry: response.headers.get("x-should-retry"),
  }).toEqual({
    contentType: "application/json; charset=utf-8",
    requestId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    anthropicRequestId: dialect === "anthropic" ? requestId : null,
    retryAfter: retryAfterMs === undefined ? null : String(Math.max(1, Math.ceil(retryAfterMs / 1000))),
    shouldRetry: !isRetryable && sdksWouldRepeat ? "false" : null,
  });
}

/** Expects a stream to end with exactly this error, after something and in the way of its dialect. */
export async function expectStreamError(
  response: Response,
  dialect: ClientDialect,
  expected: ExpectedError,
): Promise<void> {
  expect(response.status).toBe(200);
  const events = (await response.text()).split(/\r?\n\r?\n/).filter((event) => event !== "");
  expect(events.length).toBeGreaterThan(1);
  const lines = (events.at(-1) ?? "").split(/\r?\n/);
  expect(lines.slice(0, -1)).toEqual(dialect === "anthropic" ? ["event: error"] : []);
  const data = lines.at(-1) ?? "";
  expect(data.slice(0, 6)).toBe("data: ");
  expect(JSON.parse(data.slice(6))).toEqual(
    expectedBody(dialect, expected, response.headers.get("x-request-id")),
  );
}
