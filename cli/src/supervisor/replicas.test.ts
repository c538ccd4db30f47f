import { expect, test } from "vitest";
import { CommandError } from "../command-error.ts";
import { parseReplicas } from "./replicas.ts";

test("a service that is not named has one process", () => {
  expect(parseReplicas("router=3, guard=2")).toEqual({ ingress: 1, auth: 1, guard: 2, router: 3, ledger: 1 });
  expect(parseReplicas(undefined)).toEqual({ ingress: 1, auth: 1, guard: 1, router: 1, ledger: 1 });
});

const form = "write it as router=3,guard=2, with services of ingress, auth, guard, router, ledger.";

test.each([
  ["routter=3", `--replicas names "routter": ${form}`],
  ["router", `--replicas names "router": ${form}`],
  ["", `--replicas names "": ${form}`],
  ["router=2,router=3", "--replicas names router twice."],
])("refuses %j and says why", (text, message) => {
  expect(() => parseReplicas(text)).toThrow(new CommandError(message));
});

test.each(["0", "1.5", "-1", "65", ""])("refuses %j processes and says how many there may be", (count) => {
  const message = `--replicas gives router ${JSON.stringify(count)} processes: it must be a whole number from 1 to 64.`;
  expect(() => parseReplicas(`router=${count}`)).toThrow(new CommandError(message));
});
