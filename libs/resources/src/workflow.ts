import { reasoningEfforts } from "@sluice/dialects/canonical-request";
import { z } from "zod";
import { compiledLimitSchema } from "./compiled-limit.ts";

/** A model that a step may ask. */
const stepChoiceSchema = z.strictObject({
  /** In CEL. @default it is taken */
  when: z.string().optional(),
  /** Model as the configuration names it, or, where there is a backend, as that one is asked for it. */
  model: z.string(),
  /** Name in the snapshot's `backends`. @default that of the model */
  backend: z.string().optional(),
});
export type StepChoice = z.infer<typeof stepChoiceSchema>;

const stepMessageSchema = z.union([
  /** All messages of the client. */
  z.strictObject({ from: z.literal("input") }),
  /** `content` is a template. */
  z.strictObject({ role: z.enum(["system", "user", "assistant"]), content: z.string() }),
]);
export type StepMessage = z.infer<typeof stepMessageSchema>;

const stepFacts = {
  name: z.string(),
  /** In CEL. @default it is run */
  when: z.string().optional(),
  /** Steps whose end `when` waits for. */
  whenNeeds: z.array(z.string()),
  /** Steps whose end the step itself waits for. */
  needs: z.array(z.string()),
  /** Whether its output may be the reply: no step behind it is run for certain. */
  mayAnswer: z.boolean(),
};

export const modelStepSchema = z.strictObject({
  type: z.literal("model"),
  ...stepFacts,
  /** The first that fits is taken; the last one fits always. */
  choices: z.array(stepChoiceSchema).min(1),
  messages: z.array(stepMessageSchema).min(1),
  temperature: z.number().optional(),
  topP: z.number().optional(),
  maxOutputTokens: z.int().positive().optional(),
  stopSequences: z.array(z.string()).optional(),
  reasoningEffort: z.enum(reasoningEfforts).optional(),
  /** Its output is JSON, of this schema where there is one. */
  json: z.strictObject({ schema: z.record(z.string(), z.unknown()).optional() }).optional(),
  /** Names in the snapshot's `guardPolicies`, besides those of the model. */
  guardPolicies: z.array(z.string()),
});
export type ModelStep = z.infer<typeof modelStepSchema>;

export const templateStepSchema = z.strictObject({
  type: z.literal("template"),
  ...stepFacts,
  template: z.string(),
});
export type TemplateStep = z.infer<typeof templateStepSchema>;

/** Several steps that together answer as one model. */
export const workflowSchema = z.strictObject({
  /** Model by which clients ask for it. */
  model: z.string(),
  /** Why it answers 503: what it needs is not there. @default it is ready */
  unavailable: z.string().optional(),
  /** Names in the snapshot's `guardPolicies`: for what clients send and are answered. */
  guardPolicies: z.array(z.string()),
  /** What may be used with it, besides by its route and of the models of its steps. @default none */
  limits: z.array(compiledLimitSchema).optional(),
  steps: z.array(z.discriminatedUnion("type", [modelStepSchema, templateStepSchema])).min(1),
});
export type Workflow = z.infer<typeof workflowSchema>;
