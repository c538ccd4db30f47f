import { describe, expect, it } from "vitest";
import { requestUrl } from "./request-url.ts";

describe("the URL of a request", () => {
  it.each([
    ["/v1/messages?key=a", "/v1/messages", "?key=a"],
    ["http://proxied.example/v1/messages?a=1", "/v1/messages", "?a=1"],
    ["//", "//", ""],
    ["/v1/chat/%63ompletions?a=%63", "/v1/chat/completions", "?a=%63"],
    ["/a/%2e%2E/b%2Dc%5F%7e%30", "/b-c_~0", ""],
    ["/a%2Fb%20%40%5B%60%7B", "/a%2Fb%20%40%5B%60%7B", ""],
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
