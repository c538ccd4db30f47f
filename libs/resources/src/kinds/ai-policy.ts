import { z } from "zod";
import { guardRuleSchema, isJudgeName, phoneRegionSchema } from "../guard-policy.ts";
import { attachmentSchema } from "./attachment.ts";
import { cachingSchema } from "./caching.ts";
import { limitListSchema } from "./limit-list.ts";

/** How the routes that it applies to are protected, limited and cached. */
export const aiPolicySchema = z
  .strictObject({
    applyTo: attachmentSchema.optional().describe("The routes that it covers."),
    prompt: z.array(guardRuleSchema).default([]).describe("Rules for what the client sends."),
    reply: z.array(guardRuleSchema).default([]).describe("Rules for what the model answers."),
    failure: z
      .enum(["closed", "open"])
      .default("closed")
      .describe("When the guard fails: closed refuses the request, open lets it through and records that."),
    phoneRegion: phoneRegionSchema.optional(),
    limits: limitListSchema()
      .default([])
      .describe("How much may be used of the routes and models that it covers."),
    caching: cachingSchema.optional().describe("Whether the same request may have the same reply again."),
  })
  .check((check) => {
    const { prompt, reply, limits, caching } = check.value;
    for (const [index, { detector }] of reply.entries()) {
      if (!isJudgeName(detector)) continue;
      check.issues.push({
        code: "custom",
        message: `${detector} looks for what is meant for the model, so it is a rule for prompts only`,
        path: ["reply", index, "detector"],
        input: check.value,
      });
    }
    if (prompt.length + reply.length + limits.length > 0 || caching !== undefined) return;
    check.issues.push({
      code: "custom",
      message: "the policy has no rule, so it would do nothing",
      input: check.value,
    });
  })
  .describe(
    "What is looked for in prompts and replies of routes, how much the routes may use, and whether replies are cached.",
  );
export type AiPolicy = z.infer<typeof aiPolicySchema>;
