import { z } from "zod";
import { compileAuthorizationRule } from "../authorization-rule.ts";
import { CelError } from "../cel/cel-error.ts";

/** A condition in the Common Expression Language. */
const ruleSchema = z
  .string()
  .min(1)
  .check((check) => {
    try {
      compileAuthorizationRule(check.value);
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      check.issues.push({
        code: "custom",
        message: `the rule is refused: ${error.message}`,
        input: check.value,
      });
    }
  })
  .meta({ title: "CEL expression" });

/** What those who were let in may do. */
export const authorizationSchema = z
  .strictObject({
    deny: z
      .array(ruleSchema)
      .max(50)
      .default([])
      .describe("Refuses what one of these is true of, or can't be said of."),
    allow: z
      .array(ruleSchema)
      .max(50)
      .default([])
      .describe("Lets through only what one of these is true of. Default: everything that is not denied."),
  })
  .check((check) => {
    if (check.value.deny.length + check.value.allow.length > 0) return;
    check.issues.push({
      code: "custom",
      message: "there is no rule, so it would do nothing",
      input: check.value,
    });
  });
export type AuthorizationSpec = z.output<typeof authorizationSchema>;
