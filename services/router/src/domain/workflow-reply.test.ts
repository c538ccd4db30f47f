import type { DialectName } from "@sluice/contracts/dialect-name";
import { noUsage } from "@sluice/contracts/usage";
import { getDialect } from "@sluice/dialects/dialects";
import { createSseSplitter } from "@sluice/dialects/sse-splitter";
import { expect, test } from "vitest";
import { replyOfText } from "./step-reply.ts";
import {
  translateStepStream,
  type WorkflowReplyOptions,
  writeWorkflowReply,
  writeWorkflowStream,
} from "./workflow-reply.ts";

const before = { ...noUsage, inputTokens: 100, outputTokens: 10 };
const dialects: DialectName[] = ["openai", "anthropic", "gemini"];

function options(dialect: DialectName): WorkflowReplyOptions {
  const facts = { requestId: "r-1", model: "support-answer", createdAtMs: 0, includeUsage: true };
  return { client: getDialect(dialect), facts };
}

/** What a client of the dialect reads in a stream. */
function readStream(dialect: DialectName, bytes: Uint8Array) {
  const splitter = createSseSplitter();
  const reader = getDialect(dialect).createStreamReader();
  const events = [...splitter.push(bytes), ...splitter.finish().events].flatMap(({ event, data }) =>
    data === undefined ? [] : reader.push({ event, data }),
  );
  const all = [...events, ...reader.finish()];
  return {
    text: all.map((event) => (event.type === "text" ? event.text : "")).join(""),
    usage: all.findLast((event) => event.type === "usage"),
    finish: all.find((event) => event.type === "finish"),
  };
}

test.each(dialects)(
  "a step's stream is one of the workflow in %s, with the usage of all steps",
  (dialect) => {
    const chunk = (more: object) =>
      `data: ${JSON.stringify({ id: "c-1", object: "chat.completion.chunk", model: "gpt-x", created: 1, ...more })}\n\n`;
    const choice = (delta: object, finish: string | null = null) =>
      chunk({ choices: [{ index: 0, delta, finish_reason: finish }] });
    const translation = translateStepStream(options(dialect), before);
    const pieces = [
      choice({ role: "assistant", content: "" }),
      choice({ content: "Bon" }) + choice({ content: "jour" }),
      choice({}, "stop"),
      `${chunk({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 } })}data: [DONE]\n\n`,
    ];
    const bytes = Buffer.concat([
      ...pieces.map((piece) => translation.push(Buffer.from(piece))),
      translation.finish(),
    ]);
    expect(bytes.toString()).not.toContain("gpt-x");
    expect(bytes.toString()).toContain("support-answer");
    expect(readStream(dialect, bytes)).toMatchObject({
      text: "Bonjour",
      usage: { usage: { inputTokens: 107, outputTokens: 12 } },
      finish: { finishReason: "stop" },
    });
  },
);

test.each(dialects)("a whole reply is one of the workflow in %s, plain and as a stream", (dialect) => {
  const { reply } = replyOfText("Put together.");
  const plain = getDialect(dialect).readChatReply(
    JSON.parse(writeWorkflowReply(options(dialect), reply, before).toString()),
  );
  expect(plain).toMatchObject({
    model: "support-answer",
    candidates: [{ content: [{ type: "text", text: "Put together." }], finishReason: "stop" }],
    usage: { inputTokens: 100, outputTokens: 10 },
  });
  expect(readStream(dialect, writeWorkflowStream(options(dialect), reply, before))).toMatchObject({
    text: "Put together.",
    usage: { usage: { inputTokens: 100, outputTokens: 10 } },
    finish: { finishReason: "stop" },
  });
});
