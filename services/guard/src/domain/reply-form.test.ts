import { describe, expect, it } from "vitest";
import { replyFormOf } from "./reply-form.ts";

const asked = { stream: false, streamFraming: "sse" } as const;
const askedForArray = { stream: true, streamFraming: "json-array" } as const;

describe("the form of a reply", () => {
  it.each([
    [200, "text/event-stream; charset=utf-8", { ...asked, stream: true }, { type: "stream", framing: "sse" }],
    [200, "application/json", asked, { type: "whole", form: "json" }],
    [200, "application/json; charset=UTF-8", askedForArray, { type: "stream", framing: "json-array" }],
    [429, "application/json", askedForArray, { type: "whole", form: "json" }],
    [400, "application/problem+json", asked, { type: "whole", form: "json" }],
    [502, "text/html", asked, { type: "whole", form: "text" }],
    [200, "application/xml; charset=utf-8", asked, { type: "whole", form: "xml" }],
    [500, "text/xml", asked, { type: "whole", form: "xml" }],
    [200, "audio/mpeg", asked, { type: "opaque" }],
  ] as const)("with status %i and %s", (status, type, envelope, form) => {
    expect(replyFormOf({ status, headers: { "content-type": type } }, envelope)).toEqual(form);
  });

  it("cannot be told where the body is compressed", () => {
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    expect(replyFormOf({ status: 200, headers }, asked)).toEqual({ type: "opaque" });
  });
});
