import { describe, expect, it } from "vitest";
import { requestUrl } from "./request-url.ts";

describe("the URL of a request", () => {
  it.each([
    ["/v1/messages?key=a", "/v1/messages", "?key=a"],
    ["http://proxied.example/v1/messages?a=1", "/v1/messages", "?a=1"],
    ["//", "//", ""],
    ["//evil.example/v1/messages", "//evil.example/v1/messages", ""],
    ["/%zz", "/%zz", ""],
    ["*", "/", ""],
    ["", "/", ""],
    ["/a:99999999//b", "/a:99999999//b", ""],
  ])("%s has the path %s", (target, path, query) => {
    const url = requestUrl(target);
    expect([url.pathname, url.search]).toEqual([path, query]);
  });
});
