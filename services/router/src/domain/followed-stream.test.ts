import type { CanonicalChatRequest } from "@sluice/dialects/canonical-request";
import { getDialect } from "@sluice/dialects/dialects";
import { expect, it } from "vitest";
import { followed } from "./followed-stream.ts";
import { passThrough } from "./pass-through.ts";
import { StreamSoFar } from "./stream-so-far.ts";

const openai = getDialect("openai");
const facts = { requestId: "1", model: "smart", createdAtMs: 0 };

function follow() {
  const soFar = new StreamSoFar({} as CanonicalChatRequest, openai, facts);
  const replies = passThrough({ dialect: openai, hideUsage: false, framing: "sse" });
  return { soFar, stream: followed(replies, openai, soFar).stream() };
}

const event = (json: unknown) => `data: ${JSON.stringify(json)}\n\n`;
const chunk = (content: string) =>
  event({
    id: "chatcmpl-7",
    created: 5,
    model: "gpt-x",
    unknown: 1,
    choices: [{ index: 0, delta: { content } }],
  });

it("a followed stream passes on as it came, wherever it is cut, and is gone on with under its own id", () => {
  const { soFar, stream } = follow();
  const bytes = Buffer.from(chunk("It ") + chunk("ïs"));
  const shown = [...bytes].map((byte) => Buffer.from(stream.push(Buffer.from([byte]))));
  soFar.sent();
  expect(Buffer.concat(shown)).toEqual(bytes);
  expect([soFar.text, soFar.canGoOn]).toEqual(["It ïs", true]);
  expect(soFar.write({ type: "text", candidate: 0, text: "!" })).toMatch(
    /^data: \{"id":"chatcmpl-7".*"created":5,"model":"gpt-x"/,
  );
});

it("the provider's error event is kept back, and what came before it in the same piece is not", () => {
  const { soFar, stream } = follow();
  const shown = stream.push(
    Buffer.from(chunk("It") + event({ error: { message: "overloaded", type: "server_error" } })),
  );
  expect(Buffer.from(shown).toString()).toBe(chunk("It"));
  expect(stream.failure()?.code).toMatch(/^provider_/);
  soFar.sent();
  expect(soFar.canGoOn).toBe(true);
});

it("what can't be read passes on, and is not gone on with", () => {
  const { soFar, stream } = follow();
  const odd = event({ choices: "of its own kind" });
  expect(Buffer.from(stream.push(Buffer.from(odd))).toString()).toBe(odd);
  soFar.sent();
  expect(soFar.canGoOn).toBe(false);
});
