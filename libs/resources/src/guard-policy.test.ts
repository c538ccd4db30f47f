import { describe, expect, it } from "vitest";
import { guardPolicySchema } from "./guard-policy.ts";

function problemsOf(policy: unknown): { path: string; message: string }[] {
  const issues = guardPolicySchema.safeParse(policy).error?.issues ?? [];
  return issues.map(({ path, message }) => ({ path: path.join("."), message }));
}

describe("a guard policy", () => {
  it("may block or audit prompt injections", () => {
    const prompt = [
      { detector: "prompt_injection", action: "block" },
      { detector: "prompt_injection", action: "audit" },
    ];
    expect(problemsOf({ prompt })).toEqual([]);
  });

  it("can't mask them, as they stand nowhere in particular", () => {
    expect(problemsOf({ prompt: [{ detector: "prompt_injection", action: "mask" }] })).toEqual([
      {
        path: "prompt.0.action",
        message:
          "prompt_injection judges a text as a whole, so nothing of it can be masked: use block or audit",
      },
    ]);
  });

  it("can't look for them in replies", () => {
    const reply = [
      { detector: "email", action: "mask" },
      { detector: "prompt_injection", action: "block" },
    ];
    expect(problemsOf({ reply })).toEqual([
      {
        path: "reply.1.detector",
        message: "prompt_injection looks for what is meant for the model, so it is a rule for prompts only",
      },
    ]);
  });
});
