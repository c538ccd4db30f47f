import { describe, expect, it } from "vitest";
import { providerRequestIdOf, replyHeaders } from "./reply-headers.ts";

const found = (providerModel: string) => ({ providerModel, backendName: "b" });

describe("the headers of a reply", () => {
  it("are the provider's limits and id, what served it, and nothing else of the provider's", () => {
    const fromProvider = {
      "x-ratelimit-remaining-tokens": "5",
      "anthropic-ratelimit-requests-limit": "9",
      "retry-after": "2",
      "request-id": "req_1",
      "set-cookie": "secret",
      server: "provider",
    };
    expect(replyHeaders(found("m"), fromProvider, "application/json")).toEqual({
      "content-type": "application/json",
      "x-sluice-model": "m",
      "x-sluice-backend": "b",
      "x-ratelimit-remaining-tokens": "5",
      "anthropic-ratelimit-requests-limit": "9",
      "retry-after": "2",
      "x-sluice-provider-request-id": "req_1",
    });
  });

  it.each([
    ["gpt-é", "gpt-%C3%A9"],
    ["a\r\nx: y", "a%0D%0Ax: y"],
    ["\ud800", "%EF%BF%BD"],
    ["ft:gpt-5:org::id", "ft:gpt-5:org::id"],
  ])("hold any name of a model: %j", (name, header) => {
    expect(replyHeaders(found(name), {}, "t")["x-sluice-model"]).toBe(header);
  });

  it("give the provider's id of the call under any of its names", () => {
    expect(providerRequestIdOf({ "x-request-id": "a" })).toBe("a");
    expect(providerRequestIdOf({})).toBeUndefined();
  });
});
