import { expect, test } from "vitest";
import { redisAddress } from "./redis-address.ts";

test.each([
  ["redis://localhost", { host: "localhost", port: 6379, database: 0, tls: false }],
  [
    "redis://:pa%2Fss@10.0.0.1:7000/3",
    { host: "10.0.0.1", port: 7000, password: "pa/ss", database: 3, tls: false },
  ],
  [
    "rediss://user:pass@cache/",
    { host: "cache", port: 6379, username: "user", password: "pass", database: 0, tls: true },
  ],
  ["redis://[::1]:6380", { host: "::1", port: 6380, database: 0, tls: false }],
])("%s is read", (url, expected) => {
  expect(redisAddress(url)).toEqual(expected);
});

test.each([
  ["no URL at all", "hunter2", "must be"],
  ["another protocol", "https://:hunter2@cache", "must be"],
  ["no host", "redis://", "must be"],
  ["a query", "redis://:hunter2@cache?tls=1", "query"],
  ["a path", "redis://:hunter2@cache/first", "number of a database"],
  ["a broken escape", "redis://:hunter2%@cache", "begins no escape"],
])("%s is refused, in words that keep the password", (_name, url, words) => {
  expect(() => redisAddress(url)).toThrow(words);
  expect(() => redisAddress(url)).not.toThrow("hunter2");
});
