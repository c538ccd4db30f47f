import type { Snapshot } from "@sluice/resources/snapshot";
import { expect, test } from "vitest";
import type { Admission } from "./admission.ts";
import { authorize, type FailedRule } from "./authorize.ts";

const ada: Admission = { identity: { keyId: "k", team: "search", tags: ["eu"] }, claims: { level: 3 } };

function judge(rules: { deny?: string[]; allow?: string[] }, admission = ada) {
  const failed: FailedRule[] = [];
  const snapshot = {
    gatewayAccess: "p",
    accessPolicies: { p: { authorization: { deny: [], allow: [], headers: [], ...rules } } },
    upstreams: {},
  } as unknown as Snapshot;
  const envelope = {
    operation: "chat" as const,
    model: "gpt-5",
    clientRequest: {
      method: "POST",
      path: "/v1/chat/completions",
      host: "h",
      source: "10.1.2.3",
      headers: {},
    },
  };
  const ask = (): string => {
    try {
      authorize(snapshot, undefined, envelope, admission, (rule) => failed.push(rule));
      return "allowed";
    } catch (error) {
      return String(error);
    }
  };
  return { outcome: ask(), again: ask(), failed };
}

const denied = "SluiceError: The AuthPolicy p does not allow this request.";
const fails = "claims.none == 'x'";

test.each([
  [{ deny: ["request.model == 'other'"] }, "allowed"],
  [{ deny: ["request.model == 'other'", "identity.team == 'search'"] }, denied],
  [{ allow: ["request.model == 'other'", "'eu' in identity.tags"] }, "allowed"],
  [{ allow: ["request.model == 'other'"] }, denied],
  [{ allow: ["true"], deny: ["true"] }, denied],
  [{ allow: ["claims.level >= 3 && request.source.inNetwork('10.0.0.0/8')"] }, "allowed"],
  [{ deny: [fails] }, denied],
  [{ allow: [fails] }, denied],
  [{ allow: [fails, "true"] }, "allowed"],
  [{ allow: ["claims.level"] }, denied],
  [{ deny: ["claims.level"] }, denied],
])("by the rules %j a request is %s", (rules, outcome) => {
  expect(judge(rules).outcome).toBe(outcome);
});

test("what is not known of a caller is empty, so that rules can speak of it", () => {
  const nobody: Admission = { identity: { keyId: "anonymous", tags: [] } };
  expect(judge({ deny: ["identity.team == 'search' || identity.consumer == 'x'"] }, nobody).outcome).toBe(
    "allowed",
  );
});

test("a rule that fails is told of once", () => {
  const { again, failed } = judge({ deny: ["false", fails] });
  expect(again).toBe(denied);
  expect(failed).toEqual([{ policy: "p", rule: "deny[1]", reason: "no_such_key" }]);
});
