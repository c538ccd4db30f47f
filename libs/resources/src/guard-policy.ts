import { z } from "zod";
import { compileLinearPattern } from "./linear-pattern.ts";
import { LinearPatternError } from "./linear-pattern-error.ts";

/** What the guard can recognise by itself. */
export const detectorNames = [
  "email",
  "phone",
  "us_ssn",
  "credit_card",
  "iban",
  "ip_address",
  "secrets",
] as const;
export const detectorNameSchema = z.enum(detectorNames);
export type DetectorName = z.infer<typeof detectorNameSchema>;

/** What the guard can recognise in a text as a whole: it stands nowhere in particular, so there is nothing to mask. */
export const judgeNames = ["prompt_injection"] as const;
export const judgeNameSchema = z.enum(judgeNames);
export type JudgeName = z.infer<typeof judgeNameSchema>;

/** Whether a name is that of a detector which judges whole texts. */
export function isJudgeName(name: DetectorName | JudgeName | undefined): name is JudgeName {
  return judgeNameSchema.safeParse(name).success;
}

/** Mask: replace what was found. Block: refuse the request or stop the reply. Audit: only write it down. */
export const guardActionSchema = z.enum(["mask", "block", "audit"]);
export type GuardAction = z.infer<typeof guardActionSchema>;

/** Why a pattern can't be used, or undefined when it can. no look-around, no back-references: they are what lets a pattern backtrack. */
function patternFault(pattern: string): string | undefined {
  try {
    compileLinearPattern(pattern);
    return undefined;
  } catch (error) {
    if (!(error instanceof LinearPatternError)) throw error;
    return error.message;
  }
}

/** A pattern of the administrator, in RE2's syntax, which can't backtrack. */
export const patternSchema = z
  .string()
  .min(1)
  .max(1_000)
  .check((check) => {
    // That a pattern is missing is said by its length.
    const fault = check.value === "" ? undefined : patternFault(check.value);
    if (fault !== undefined)
      check.issues.push({ code: "custom", message: `the pattern is refused: ${fault}`, input: check.value });
  })
  .meta({ title: "regular expression" });

/** One thing to look for: a built-in detector, or a pattern with a name for it. */
export const guardRuleSchema = z
  .strictObject({
    /** Built-in detector. */
    detector: z
      .enum([...detectorNames, ...judgeNames])
      .optional()
      .describe(
        "What to look for: a built-in detector. prompt_injection judges whole texts: for prompts only, and not with mask.",
      ),
    /** RE2 pattern; stands in place of `detector`. */
    pattern: patternSchema
      .optional()
      .describe(
        "What to look for: a regular expression in RE2's syntax (no look-around, no back-references).",
      ),
    /** Name of the pattern, for the audit log and the default replacement. */
    name: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,63}$/, "a name of lower-case letters, digits and _")
      .optional()
      .describe("Name of the pattern, in the audit log and in the replacement."),
    action: guardActionSchema.describe("mask replaces it, block refuses, audit only writes it down."),
    /** Text in place of what was found. @default the detector's or pattern's name in brackets */
    replacement: z
      .string()
      .max(200)
      .optional()
      .describe(
        "With mask: the text in its place. Default: the name in capitals and brackets, such as [EMAIL].",
      ),
  })
  .check((check) => {
    const { detector, pattern, name, action, replacement } = check.value;
    const fault = (message: string, path: string[]) =>
      check.issues.push({ code: "custom", message, path, input: check.value });
    if (detector === undefined && pattern === undefined)
      fault("a rule needs a detector, or a pattern with a name", []);
    if (detector !== undefined && pattern !== undefined)
      fault("a rule has a detector or a pattern, not both: leave one out, or make two rules", ["pattern"]);
    if (pattern !== undefined && detector === undefined && name === undefined)
      fault("a pattern needs a name, which the audit log can show", []);
    if (detector !== undefined && name !== undefined)
      fault("only a pattern has a name: leave it out", ["name"]);
    if (action === "mask" && isJudgeName(detector))
      fault(`${detector} judges a text as a whole, so nothing of it can be masked: use block or audit`, [
        "action",
      ]);
    if (action !== "mask" && replacement !== undefined)
      fault("only the action mask replaces anything: leave this out, or mask", ["replacement"]);
  });
export type GuardRule = z.infer<typeof guardRuleSchema>;

/** Whose national telephone numbers are recognised too. */
export const phoneRegionSchema = z
  .string()
  .regex(/^[A-Z]{2}$/, "a country as two capital letters, such as DE")
  .describe(
    "Country whose national telephone numbers are recognised too. Default: international and North American ones, and what the text calls a telephone number.",
  );

/** What the guard does for the models that name the policy. */
export const guardPolicySchema = z
  .strictObject({
    /** What happens when the guard can't do its work: refuse the request, or let it through and write that down. */
    failure: z
      .enum(["closed", "open"])
      .default("closed")
      .describe("When the guard fails: closed refuses the request, open lets it through and records that."),
    phoneRegion: phoneRegionSchema.optional(),
    prompt: z.array(guardRuleSchema).default([]).describe("Rules for what the client sends."),
    reply: z.array(guardRuleSchema).default([]).describe("Rules for what the model answers."),
  })
  .check((check) => {
    for (const [index, { detector }] of check.value.reply.entries()) {
      if (!isJudgeName(detector)) continue;
      check.issues.push({
        code: "custom",
        message: `${detector} looks for what is meant for the model, so it is a rule for prompts only`,
        path: ["reply", index, "detector"],
        input: check.value,
      });
    }
    if (check.value.prompt.length + check.value.reply.length > 0) return;
    check.issues.push({
      code: "custom",
      message: "the policy has no rule, so it would do nothing",
      input: check.value,
    });
  });
export type GuardPolicy = z.infer<typeof guardPolicySchema>;
