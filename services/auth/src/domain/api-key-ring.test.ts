import type { ApiKeyPolicy } from "@sluice/resources/snapshot";
import { expect, test } from "vitest";
import { secretOpenedBy } from "./api-key-ring.ts";

function policyWith(...keys: [digest: string, secret: string][]): ApiKeyPolicy {
  return {
    header: "api-key",
    keys: keys.map(([digest, secret]) => ({ digest, secret, upstreamHeaders: {} })),
  };
}

test("a digest opens the Secret that has it, and no other does", () => {
  const policy = policyWith(["d1", "one"], ["d2", "two"]);
  expect(secretOpenedBy(policy, "d2")).toBe("two");
  expect(secretOpenedBy(policy, "d1")).toBe("one");
  for (const digest of ["", "d", "d11", "constructor", "one"]) {
    expect(secretOpenedBy(policy, digest)).toBeUndefined();
  }
});

test("each policy has its own keys, also where it has the same name in the next revision", () => {
  const before = policyWith(["d1", "one"]);
  const after = policyWith(["d2", "one"]);
  expect(secretOpenedBy(before, "d1")).toBe("one");
  expect(secretOpenedBy(after, "d1")).toBeUndefined();
  expect(secretOpenedBy(policyWith(), "d1")).toBeUndefined();
});
