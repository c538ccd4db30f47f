import type { UpstreamMode } from "./upstream-mode.ts";

/** A reply such as a model gives to a short question. Nothing in it is for a guard to find. */
export const replyText =
  "A message bus keeps the parts of a system apart: whoever sends does not need to know who listens, how many they " +
  "are, or on which machine. That makes it easy to add another consumer, to restart one without the others noticing, " +
  "and to spread the load over several. The price is one more hop, which costs some time, and one more thing that has " +
  "to run. Whether that is a good trade depends on how often the parts change, and on how much each of them may fail " +
  "without taking the rest along. For most teams the first year is easier without it, and the third year with it.";

const model = "gpt-4o-mini-2024-07-18";
const created = 1_750_000_000;

/** A whole HTTP response with a chat completion. */
export function plainReply(): Buffer {
  const body = JSON.stringify({
    id: "chatcmpl-bench",
    object: "chat.completion",
    created,
    model,
    choices: [
      { index: 0, message: { role: "assistant", content: replyText, refusal: null }, finish_reason: "stop" },
    ],
    usage: { prompt_tokens: 42, completion_tokens: 118, total_tokens: 160 },
    system_fingerprint: "fp_bench",
  });
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

const streamHead =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n" +
  "transfer-encoding: chunked\r\n\r\n";

/** A streamed HTTP response, burst by burst as it is written; its head goes with the first one. */
export function streamBursts(mode: Extract<UpstreamMode, { kind: "stream" }>): Buffer[] {
  const events = streamedPieces(mode.chunks).map((content, index) =>
    event({ choices: [choice(index === 0 ? { role: "assistant", content } : { content }, null)] }),
  );
  const bursts: string[] = [];
  for (let index = 0; index < events.length; index += mode.chunksPerBurst) {
    bursts.push(events.slice(index, index + mode.chunksPerBurst).join(""));
  }
  const usage = { prompt_tokens: 42, completion_tokens: mode.chunks, total_tokens: 42 + mode.chunks };
  const last = `${event({ choices: [choice({}, "stop")] })}${event({ choices: [], usage })}data: [DONE]\n\n`;
  return [
    ...bursts.map((burst, index) => Buffer.from((index === 0 ? streamHead : "") + httpChunk(burst))),
    Buffer.from(`${httpChunk(last)}0\r\n\r\n`),
  ];
}

/** The texts of the chunks of a reply: words, again and again. */
export function streamedPieces(chunks: number): string[] {
  const words = replyText.split(" ");
  return Array.from(
    { length: chunks },
    (_, index) => `${index === 0 ? "" : " "}${words[index % words.length]}`,
  );
}

function choice(delta: object, finishReason: string | null): object {
  return { index: 0, delta, logprobs: null, finish_reason: finishReason };
}

function event(content: object): string {
  const fields = { id: "chatcmpl-bench", object: "chat.completion.chunk", created, model };
  return `data: ${JSON.stringify({ ...fields, system_fingerprint: "fp_bench", ...content })}\n\n`;
}

function httpChunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}
