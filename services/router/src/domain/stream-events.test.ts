import { expect, test } from "vitest";
import { streamEvents } from "./stream-events.ts";

test.each<[body: string, events: string[]]>([
  ["", []],
  ["data: a\n\ndata: [DONE]\n\n", ["data: a\n\n", "data: [DONE]\n\n"]],
  ["event: x\r\ndata: a\r\n\r\ndata: b\r\n\r\n", ["event: x\r\ndata: a\r\n\r\n", "data: b\r\n\r\n"]],
  ["data: a\n\ndata: the end is missing", ["data: a\n\n", "data: the end is missing"]],
  ['[{"a":1},{"b":2}]', ['[{"a":1},{"b":2}]']],
])("%j", (body, events) => {
  expect(streamEvents(body)).toEqual(events);
  expect(streamEvents(body).join("")).toBe(body);
});
