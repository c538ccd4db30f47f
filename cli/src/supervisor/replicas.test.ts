import { expect, test } from "vitest";
import { parseReplicas } from "./replicas.ts";

test("a service that is not named has one process", () => {
  expect(parseReplicas("router=3, guard=2")).toEqual({ ingress: 1, auth: 1, guard: 2, router: 3, ledger: 1 });
  expect(parseReplicas(undefined)).toEqual({ ingress: 1, auth: 1, guard: 1, router: 1, ledger: 1 });
});

test.each([
  ["routter=3", /"routter".*ingress, auth, guard, router, ledger/],
  ["router", /"router": write it as router=3/],
  ["", /""/],
  ["router=0", /router "0" processes/],
  ["router=1.5", /whole number from 1 to 64/],
  ["router=-1", /whole number from 1 to 64/],
  ["router=65", /whole number from 1 to 64/],
  ["router=2,router=3", /router twice/],
])("refuses %j and says why", (text, reason) => {
  expect(() => parseReplicas(text)).toThrow(reason);
});
