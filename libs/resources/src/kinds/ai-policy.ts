import { z } from "zod";
import { durationSchema } from "../duration.ts";
import { guardRuleSchema, isJudgeName, phoneRegionSchema } from "../guard-policy.ts";
import { attachmentSchema } from "./attachment.ts";

const dayMs = 86_400_000;

/** What nano-dollars can be counted to exactly, and a little less. */
const maxUsd = 9_000_000;

/** An amount of US dollars as finance writes it. */
const usdSchema = z
  .string()
  .regex(/^(USD )?\d{1,7}(\.\d{1,9})?$/, "an amount in US dollars, such as 10.00")
  .refine((text) => {
    const usd = Number(text.replace(/^USD /, ""));
    return !(usd <= 0) && !(usd > maxUsd);
  }, `must be more than 0 and at most ${maxUsd}`)
  .meta({ title: "amount in US dollars" });

/** How much may be used in a time. */
export const limitSchema = z
  .strictObject({
    tokens: z.int().min(1).max(1e12).optional().describe("Tokens, input and output together."),
    requests: z.int().min(1).max(1e12).optional().describe("Requests."),
    usd: usdSchema.optional().describe("What it may cost, in US dollars."),
    interval: durationSchema({ minMs: 1_000, maxMs: 31 * dayMs }).describe("In which time."),
  })
  .check((check) => {
    const { interval: _interval, ...amounts } = check.value;
    if (Object.values(amounts).filter((value) => value !== undefined).length === 1) return;
    check.issues.push({
      code: "custom",
      message: "either tokens, requests or usd, one of them",
      input: check.value,
    });
  });
export type LimitSpec = z.infer<typeof limitSchema>;

const cachingSchema = z.strictObject({
  ttl: durationSchema({ minMs: 1_000, maxMs: 24 * dayMs }).describe("How long a reply may be given again."),
});

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
    limits: z
      .array(limitSchema)
      .default([])
      .describe("How much may be used, by all callers of a route together."),
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
