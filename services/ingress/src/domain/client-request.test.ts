import { expect, test } from "vitest";
import { clientRequestOf } from "./client-request.ts";

const head = {
  method: "POST",
  path: "/a",
  headers: { host: "H.example:8080", "x-a": "1", "set-cookie": ["a", "b"], authorization: "Bearer k" },
  remoteAddress: "::ffff:10.1.2.3",
};

test("rules are told of the headers that they name, and of no others", () => {
  expect(clientRequestOf(head, ["x-a", "x-none", "set-cookie"])).toEqual({
    method: "POST",
    path: "/a",
    host: "h.example",
    source: "10.1.2.3",
    headers: { "x-a": "1", "set-cookie": "a, b" },
  });
});

test.each([
  ["fd00::1", "fd00::1"],
  [undefined, ""],
])("the address %s is told as %j", (remoteAddress, source) => {
  expect(clientRequestOf({ ...head, remoteAddress }, []).source).toBe(source);
});
