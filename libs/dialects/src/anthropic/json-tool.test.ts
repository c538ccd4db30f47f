import { expect, it } from "vitest";
import { collectReply } from "../testing/collect-reply.ts";
import { jsonToolName } from "./json-tool.ts";
import { readAnthropicReply } from "./read-reply.ts";
import { createAnthropicStreamReader } from "./stream-reader.ts";

it("an answer that a tool took is text, and the reply has simply ended", () => {
  const reply = readAnthropicReply({
    content: [{ type: "tool_use", id: "t", name: jsonToolName, input: { a: 1 } }],
    stop_reason: "tool_use",
  });
  expect(reply.candidates).toEqual([
    { index: 0, content: [{ type: "text", text: '{"a":1}' }], finishReason: "stop" },
  ]);
});

it("is text in a stream too", () => {
  const reader = createAnthropicStreamReader();
  const events = [
    { type: "message_start", message: { id: "m", model: "c" } },
    {
      type: "content_block_start",
      index: 0,
      content_block: { type: "tool_use", id: "t", name: jsonToolName, input: {} },
    },
    { type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: '{"a"' } },
    { type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: ":1}" } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 3 } },
    { type: "message_stop" },
  ].flatMap((event) => reader.push({ data: JSON.stringify(event) }));
  expect(collectReply(events).candidates).toEqual([
    { index: 0, content: [{ type: "text", text: '{"a":1}' }], finishReason: "stop" },
  ]);
});
