import { expect, test } from "vitest";
import { plainReply, replyText, streamBursts, streamedPieces } from "./reply-bytes.ts";

/** The body of an HTTP response that is sent in chunks. */
function dechunked(response: string): string {
  let body = "";
  let rest = response.slice(response.indexOf("\r\n\r\n") + 4);
  for (;;) {
    const size = Number.parseInt(rest, 16);
    const start = rest.indexOf("\r\n") + 2;
    if (size === 0) return body;
    body += rest.slice(start, start + size);
    rest = rest.slice(start + size + 2);
  }
}

const mode = { kind: "stream", chunks: 20, firstTokenDelayMs: 0, burstPauseMs: 0 } as const;

test("a plain reply is as long as it says", () => {
  const [head = "", body = ""] = plainReply().toString().split("\r\n\r\n");
  expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`);
  expect(JSON.parse(body)).toMatchObject({ choices: [{ message: { content: replyText } }] });
});

test.each([
  [1, 20],
  [8, 3],
  [20, 1],
])("a stream of %i chunks a burst has as many bursts, and one with its end", (chunksPerBurst, bursts) => {
  expect(streamBursts({ ...mode, chunksPerBurst })).toHaveLength(bursts + 1);
});

test("a stream says its text, its usage and its end, however it is cut into bursts", () => {
  const [one, eight] = [1, 8].map((chunksPerBurst) =>
    dechunked(Buffer.concat(streamBursts({ ...mode, chunksPerBurst })).toString()),
  );
  expect(one).toBe(eight);
  const events = (one ?? "").split("\n\n").filter((event) => event !== "");
  expect(events.at(-1)).toBe("data: [DONE]");
  const parsed = events.slice(0, -1).map((event) => JSON.parse(event.slice("data: ".length)));
  expect(parsed.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 20 } });
  expect(parsed.map((event) => event.choices[0]?.delta.content ?? "").join("")).toBe(
    streamedPieces(20).join(""),
  );
});
