import type { CanonicalStreamEvent } from "@sluice/dialects/canonical-stream";
import { describe, expect, it } from "vitest";
import { continuingWriter } from "./continuing-writer.ts";

/** Texts as a stream has them. */
const plainWriter = {
  write: (event: CanonicalStreamEvent) => (event.type === "text" ? event.text : `<${event.type}>`),
  end: () => "<end>",
};

function written(left: string, texts: string[]): string {
  const writer = continuingWriter(plainWriter, { left, comment: "" });
  return texts.map((text) => writer.write({ type: "text", candidate: 0, text })).join("");
}

describe("the rest of a stream", () => {
  it.each([
    ["", ["and more"], "and more"],
    [" ", [" and more"], "and more"],
    [" ", ["and more"], "and more"],
    ["\n\n", ["\n", "\n", "- one"], "- one"],
    ["\n", ["\n", "\n", "- one"], "\n- one"],
    ["\n", [" and", "\nmore"], " and\nmore"],
  ])("has white space that the client has (%j) only once: %j", (left, texts, expected) => {
    expect(written(left, texts)).toBe(expected);
  });

  it("has no beginning and no thoughts, and one comment before its first piece", () => {
    const writer = continuingWriter(plainWriter, { left: "", comment: "# " });
    const events: CanonicalStreamEvent[] = [
      { type: "start" },
      { type: "thinking", candidate: 0, text: "Hm" },
      { type: "text", candidate: 0, text: "a" },
      { type: "text", candidate: 0, text: "b" },
      { type: "finish", candidate: 0, finishReason: "stop" },
    ];
    expect(events.map((event) => writer.write(event)).join("") + writer.end()).toBe("# ab<finish><end>");
  });
});
