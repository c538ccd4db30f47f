import { describe, expect, it } from "vitest";
import { credentialOf, headersToPassOn } from "./client-headers.ts";

const none = new URLSearchParams();

describe("a client's headers", () => {
  it("give the credential of every SDK's way", () => {
    expect(credentialOf({ authorization: "Bearer k" }, none)).toBe("k");
    expect(credentialOf({ authorization: "bearer  k " }, none)).toBe("k");
    expect(credentialOf({ "x-api-key": "k" }, none)).toBe("k");
    expect(credentialOf({ "x-goog-api-key": "k" }, none)).toBe("k");
    expect(credentialOf({}, new URLSearchParams("key=k"))).toBe("k");
  });

  it("give no credential where there is none, or one of another scheme", () => {
    expect(credentialOf({}, none)).toBeUndefined();
    expect(credentialOf({ authorization: "Basic dTpw" }, none)).toBeUndefined();
    expect(credentialOf({ "x-api-key": "" }, none)).toBeUndefined();
  });

  it("are passed on only where they change the meaning of a reply", () => {
    expect(
      headersToPassOn({ "anthropic-beta": "b", authorization: "Bearer k", cookie: "c", "x-api-key": "k" }),
    ).toEqual({ "anthropic-beta": "b" });
  });
});
