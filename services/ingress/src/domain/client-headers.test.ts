import { describe, expect, it } from "vitest";
import { credentialByPolicy, credentialOf, headersToPassOn } from "./client-headers.ts";

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

  it("give the credential of the first place of a policy that holds one", () => {
    const policy = {
      places: [{ header: "x-key" }, { header: "x-token", scheme: "Token" }],
      usualPlaces: false,
    };
    const usual = { authorization: "Bearer usual" };
    const found = (headers: Record<string, string>, usualPlaces = false) =>
      credentialByPolicy({ ...policy, usualPlaces }, headers, none);
    expect(found({ "x-key": "Bearer k", "x-token": "Token t" })).toBe("k");
    expect(found({ "x-key": " ", "x-token": "token  t " })).toBe("t");
    expect(found({ "x-token": "t" })).toBeUndefined();
    expect(found(usual)).toBeUndefined();
    expect(found(usual, true)).toBe("usual");
    expect(found({ ...usual, "x-key": "k" }, true)).toBe("k");
  });
});
