import { expect, test } from "vitest";
import { parsePeer } from "./parse-peer.ts";

test("a peer is a name, a URL and headers", () => {
  expect(parsePeer("litellm=http://127.0.0.1:4000/v1/,Authorization=Bearer a=b,x-team=core")).toEqual({
    name: "litellm",
    baseUrl: "http://127.0.0.1:4000/v1",
    headers: { authorization: "Bearer a=b", "x-team": "core" },
  });
});

test.each([
  ["http://127.0.0.1:4000", "A peer is name=url"],
  ["=http://127.0.0.1:4000", "A peer is name=url"],
  ["litellm=127.0.0.1", "The URL of litellm must begin with http:// or https://."],
  ["litellm=ftp://a", "The URL of litellm must begin with http:// or https://."],
  ["litellm=http://a,bearer", 'A header of litellm is header=value, not "bearer".'],
])("%s is no peer", (text, problem) => {
  expect(parsePeer(text)).toContain(problem);
});
