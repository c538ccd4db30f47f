import { z } from "zod";
import { namePatternSchema } from "./name-pattern.ts";

/** By what requests stay with the same target of a model: not at all, or by who asks. */
export const stickySchema = z.enum(["none", "user", "key"]);
export type Sticky = z.infer<typeof stickySchema>;

/**
 * Which of the targets of one priority is called first: by weight, the faster or the less busy of two that are taken by
 * weight, or the one whose call costs least.
 */
export const strategySchema = z.enum(["weighted", "least-latency", "least-busy", "lowest-cost"]);
export type Strategy = z.infer<typeof strategySchema>;

export const targetWeightSchema = z
  .int()
  .min(0)
  .max(1_000_000)
  .describe("Its share of the requests, beside the weights of the others of its priority; 0 for none.");

export const targetPrioritySchema = z
  .int()
  .min(0)
  .max(100)
  .describe(
    "Targets of a higher number are asked only where none of a lower one can answer: 0 goes first, 1 takes over.",
  );

/** One of several that can answer for a model. */
export const poolTargetSchema = z.strictObject({
  /** Name in the snapshot's `backends`. */
  backend: z.string(),
  /** Model to ask the provider for; a `*` at its end takes what the `*` of the model's name stood for. @default the client's */
  providerModel: namePatternSchema.optional(),
  weight: targetWeightSchema,
  priority: targetPrioritySchema,
});
export type PoolTarget = z.infer<typeof poolTargetSchema>;

/** Several targets that stand in for each other. */
export const modelPoolSchema = z.strictObject({
  sticky: stickySchema,
  strategy: strategySchema.default("weighted"),
  targets: z.array(poolTargetSchema).min(1),
});
export type ModelPool = z.infer<typeof modelPoolSchema>;

/** What is wrong with several targets, however they are written, and the field where it stands. */
export function poolFaults({
  targets,
  sticky,
  strategy,
}: {
  targets?: readonly { weight: number }[] | undefined;
  sticky?: Sticky | undefined;
  strategy?: Strategy | undefined;
}): { message: string; field: "targets" | "sticky" | "strategy" }[] {
  if (targets === undefined) {
    const message = "does nothing without targets";
    return [
      ...(sticky === undefined ? [] : [{ message, field: "sticky" as const }]),
      ...(strategy === undefined ? [] : [{ message, field: "strategy" as const }]),
    ];
  }
  if (targets.length > 0 && targets.every(({ weight }) => weight === 0)) {
    return [{ message: "one of them needs a weight above 0", field: "targets" }];
  }
  if (sticky === undefined || sticky === "none" || strategy === undefined || strategy === "weighted")
    return [];
  const message = `can't hold with strategy: ${strategy}, by which a request goes where it is served best at the moment`;
  return [{ message, field: "sticky" }];
}
