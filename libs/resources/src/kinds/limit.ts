import { calendarPeriods } from "@sluice/quota/quota-policy";
import { z } from "zod";
import { CelError } from "../cel/cel-error.ts";
import { limitSubjects } from "../compiled-limit.ts";
import { compileComplexity, usualComplexity } from "../complexity.ts";
import { durationSchema } from "../duration.ts";
import { timeZoneSchema } from "./time-zone.ts";

const dayMs = 86_400_000;

/** What nano-dollars can be counted to exactly, and a little less. */
const maxUsd = 9_000_000;

const usdHint = "an amount in US dollars, such as 10.00";

/** An amount of US dollars as finance writes it. A plain number is taken by its shortest digits. */
const usdSchema = z
  .union([z.string(), z.number().transform(String)], { error: usdHint })
  .pipe(
    z
      .string()
      .regex(/^(USD )?\d{1,7}(\.\d{1,9})?$/, usdHint)
      .refine((text) => {
        const usd = Number(text.replace(/^USD /, ""));
        return !(usd <= 0) && !(usd > maxUsd);
      }, `must be more than 0 and at most ${maxUsd}`),
  )
  .meta({ title: "amount in US dollars" });

const countSchema = z.int().min(1).max(1e12);

const formulaSchema = z
  .string()
  .min(1)
  .check(({ value, issues }) => {
    try {
      compileComplexity(value);
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      issues.push({ code: "custom", message: error.message, input: value });
    }
  })
  .meta({ title: "formula in CEL" });

const amountSchemas = {
  requests: countSchema.optional().describe("Requests."),
  tokens: countSchema.optional().describe("Tokens, input and output together."),
  inputTokens: countSchema.optional().describe("Input tokens."),
  outputTokens: countSchema.optional().describe("Output tokens."),
  usd: usdSchema.optional().describe("What it may cost, in US dollars."),
  complexity: countSchema.optional().describe("Points that requests count by what is in them: see `of`."),
  concurrent: countSchema.optional().describe("Requests at the same time."),
};
const amountNames = Object.keys(amountSchemas) as (keyof typeof amountSchemas)[];

/** How much may be used in a time, or at the same time. */
export const limitSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "a name of lower-case letters, digits and -")
      .optional()
      .describe("What answers, metrics and the counter call it. Default: its position, from 0."),
    ...amountSchemas,
    of: formulaSchema
      .optional()
      .describe(
        `Of complexity, what a request counts, in CEL over inputTokens, outputTokens, messages, tools, images and model. Default: ${usualComplexity}.`,
      ),
    each: z
      .literal("request")
      .optional()
      .describe("In place of interval or calendar: what one request may use, by itself."),
    interval: durationSchema({ minMs: 1_000, maxMs: 31 * dayMs })
      .optional()
      .describe("In which time: any stretch of this length, or with `burst`, in which the bucket is filled."),
    burst: countSchema
      .optional()
      .describe(
        "Makes it a token bucket of this size, full at first, into which the amount flows in each interval.",
      ),
    calendar: z
      .enum(calendarPeriods)
      .optional()
      .describe("In place of interval: from the beginning of each such period; weeks begin on Monday."),
    timeZone: timeZoneSchema.optional().describe("Whose clock the calendar goes by. Default: UTC."),
    per: z
      .array(z.enum(limitSubjects))
      .default([])
      .describe(
        "Whose requests are counted together: each combination of these has the amount for itself. Default: one for all.",
      ),
    mode: z
      .enum(["enforce", "shadow"])
      .default("enforce")
      .describe("shadow counts and reports what enforce would refuse, and refuses nothing."),
    warnAt: z
      .number()
      .positive()
      .max(1)
      .optional()
      .describe("Fraction from which on replies warn of it, such as 0.8. Default: never."),
    failure: z
      .enum(["closed", "open"])
      .default("closed")
      .describe(
        "While Redis is away: closed refuses, open lets each instance of auth count for itself, with the whole amount.",
      ),
  })
  .check((check) => {
    const fault = (message: string, ...path: string[]) =>
      check.issues.push({ code: "custom", message, path, input: check.value });
    const { concurrent, usd, complexity, interval, burst, calendar, timeZone, per, of, each } = check.value;
    if (amountNames.filter((name) => check.value[name] !== undefined).length !== 1) {
      fault("either requests, tokens, inputTokens, outputTokens, usd, complexity or concurrent, one of them");
      return;
    }
    if (of !== undefined && complexity === undefined) fault("a formula is for complexity", "of");
    if (each !== undefined) {
      for (const [name, value] of Object.entries({ interval, burst, calendar, timeZone })) {
        if (value !== undefined) fault("what is for each request by itself has no time", name);
      }
      if (per.length > 0)
        fault("what is for each request by itself is counted for nobody: leave it out", "per");
      if (check.value.failure === "open")
        fault("what is for each request by itself does not need Redis: leave it out", "failure");
      if (concurrent !== undefined || check.value.requests !== undefined)
        fault("a request is one request: what each may use are tokens, US dollars or complexity", "each");
      return;
    }
    for (const [index, subject] of per.entries()) {
      if (per.indexOf(subject) !== index) fault(`${subject} is named twice`, "per");
    }
    if (timeZone !== undefined && calendar === undefined)
      fault("a time zone is for a calendar: name one, such as calendar: day", "timeZone");
    if (concurrent !== undefined) {
      for (const [name, value] of Object.entries({ interval, burst, calendar })) {
        if (value !== undefined) fault("what is counted at the same time has no time", name);
      }
      return;
    }
    if (interval === undefined && calendar === undefined)
      fault("in which time? Name an interval, such as 1m, or a calendar, such as day");
    if (interval !== undefined && calendar !== undefined)
      fault("either interval or calendar, one of them", "calendar");
    if (burst === undefined) return;
    if (interval === undefined && calendar !== undefined)
      fault(
        "a bucket is filled in an interval, not by the calendar: name one, such as interval: 1m",
        "burst",
      );
    if (usd !== undefined) fault("a bucket is for requests and tokens, not for US dollars", "burst");
  });
export type LimitSpec = z.infer<typeof limitSchema>;
