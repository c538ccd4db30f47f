import { dialectNames } from "@sluice/contracts/dialect-name";
import { describe, expect, it } from "vitest";
import { brokenReplyText } from "./broken-reply-text.ts";
import type { CanonicalChatReply } from "./canonical-reply.ts";
import type { ReplyFacts } from "./dialect.ts";
import { getDialect } from "./dialects.ts";

const facts: ReplyFacts = { requestId: "r-1", model: "assistant", createdAtMs: 1_700_000_000_000 };
const text = 'The "first" word,\nthe second, and the last';

/** A reply in a dialect, whose text is that. */
function replyIn(name: (typeof dialectNames)[number]): string {
  const reply: CanonicalChatReply = {
    candidates: [{ index: 0, content: [{ type: "text", text }], finishReason: "stop" }],
  };
  return JSON.stringify(getDialect(name).writeChatReply(reply, facts));
}

describe("the text of a reply that broke off", () => {
  it.each(dialectNames)("is what had come of it, in the dialect of %s", (name) => {
    const reply = replyIn(name);
    const end = reply.indexOf(" and the last");
    expect(brokenReplyText(name, reply.slice(0, end))).toBe('The "first" word,\nthe second,');
  });

  it.each(dialectNames)("of %s is not looked for where there is none", (name) => {
    const reply = replyIn(name);
    const before = reply.slice(0, reply.indexOf("The "));
    for (const body of ["", before, "<html><body>Bad gateway</body></html>"])
      expect(brokenReplyText(name, body)).toBe("");
  });

  it("is not looked for in what is nested without end", () => {
    expect(brokenReplyText("openai", '{"a":['.repeat(150_000))).toBe("");
  });

  it("may break off anywhere", () => {
    const reply = replyIn("openai");
    for (let end = 0; end <= reply.length; end++) {
      const found = brokenReplyText("openai", reply.slice(0, end));
      expect(text.startsWith(found.replace(/\\$/, ""))).toBe(true);
    }
  });
});
