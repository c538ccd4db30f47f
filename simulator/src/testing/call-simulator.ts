import type { BillRow } from "../control/bill.ts";
import { billPageSchema } from "../control/bill.ts";

/** Paths, headers and bodies with which a test asks each provider one thing, without an SDK in between. */
export const requestsOf = {
  openai: (text: string, stream = false) => ({
    path: "/v1/chat/completions",
    headers: { authorization: "Bearer test-key" },
    body: { model: "gpt-4o-mini", stream, messages: [{ role: "user", content: text }] },
  }),
  anthropic: (text: string, stream = false) => ({
    path: "/v1/messages",
    headers: { "x-api-key": "test-key", "anthropic-version": "2023-06-01" },
    body: {
      model: "claude-sonnet-4-5",
      max_tokens: 1_024,
      stream,
      messages: [{ role: "user", content: text }],
    },
  }),
  gemini: (text: string, stream = false) => ({
    path: `/v1beta/models/gemini-2.5-flash:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    headers: { "x-goog-api-key": "test-key" },
    body: { contents: [{ role: "user", parts: [{ text }] }] },
  }),
};

/** Sends such a request. */
export function send(
  url: string,
  request: { path: string; headers: Record<string, string>; body: unknown },
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(url + request.path, {
    method: "POST",
    headers: { ...request.headers, "content-type": "application/json" },
    body: typeof request.body === "string" ? request.body : JSON.stringify(request.body),
    signal: signal ?? null,
  });
}

/** Calls a path of the control API with a method and a body. */
export async function control(url: string, operation: string, body?: unknown): Promise<unknown> {
  const [method = "GET", path = ""] = operation.split(" ");
  const response = await fetch(url + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.json();
}

/** All rows of the bill. */
export async function billRows(url: string): Promise<BillRow[]> {
  return billPageSchema.parse(await control(url, "GET /bill")).rows;
}

/** The `data:` lines of a stream that has ended, parsed. */
export function dataOf(stream: string): unknown[] {
  return stream
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data: ") && line !== "data: [DONE]")
    .map((line) => JSON.parse(line.slice("data: ".length)));
}

/** All that a stream or a paged list gives. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
