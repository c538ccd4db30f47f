import { quotaPolicySchema, quotaUnits } from "@sluice/quota/quota-policy";
import { z } from "zod";

/** Facts of a request by which limits may be counted apart. */
export const limitSubjects = [
  "key",
  "user",
  "team",
  "application",
  "department",
  "consumer",
  "model",
  "route",
] as const;
export type LimitSubject = (typeof limitSubjects)[number];

const presentSchema = z.strictObject({
  /** `policy/position`, or `policy/name`: as answers, logs and metrics call it, and its counter. */
  name: z.string(),
  unit: z.enum(quotaUnits),
  policy: quotaPolicySchema,
  /** By which facts of a request it is counted apart; none means one for all. */
  per: z.array(z.enum(limitSubjects)),
  /** In CEL, what a request counts of complexity. */
  formula: z.string().optional(),
  /** Each request is judged by itself, by the limit of the window and without a counter. @default what all use is added up */
  each: z.literal("request").optional(),
  /** While Redis is away: refuse, or count in each process for itself. */
  failure: z.enum(["closed", "open"]),
});

/** As releases before published it: over a rolling window, for each route by itself. */
const earlierSchema = z
  .strictObject({
    name: z.string(),
    unit: z.enum(["requests", "total_tokens", "cost_nano_usd"]),
    amount: z.int().positive(),
    intervalMs: z.int().positive(),
  })
  .transform(({ name, unit, amount, intervalMs }): z.infer<typeof presentSchema> => {
    const isConsumers = name.startsWith("Consumer ");
    const policy = { window: { kind: "rolling" as const, limit: amount, intervalMs } };
    return { name, unit, policy, per: isConsumers ? [] : ["route"], failure: "closed" };
  });

/** A limit, ready to be reserved of. */
export const compiledLimitSchema = z.union([presentSchema, earlierSchema]);
export type CompiledLimit = z.output<typeof compiledLimitSchema>;

/** Whether a limit counts and reports, and refuses nothing. */
export function isShadow({ policy }: Pick<CompiledLimit, "policy">): boolean {
  return policy.mode === "shadow";
}
