import { z } from "zod";
import { CelError } from "../cel/cel-error.ts";
import { durationSchema } from "../duration.ts";
import { suggestion } from "../schema-problems.ts";
import { compileChoiceCondition } from "./choice-condition.ts";

/** The intent where it can't be told. */
export const unknownIntent = "unknown";
/** What the ledger and traces call the question for an intent, where a step of a workflow has its name. */
export const intentStepName = "intent";

const longestTimeoutMs = 60_000;

/** A model, by one name. */
const chosenModelSchema = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^*\s]+$/, "a name without blanks and without *");

const writtenChoiceSchema = z.strictObject({
  when: z
    .string()
    .min(1)
    .check((check) => {
      try {
        compileChoiceCondition(check.value);
      } catch (error) {
        if (!(error instanceof CelError)) throw error;
        const message = `the condition is refused: ${error.message}`;
        check.issues.push({ code: "custom", message, input: check.value });
      }
    })
    .meta({ title: "CEL expression" })
    .optional()
    .describe(
      "Condition of facts of the prompt, of who asks and of the request; the last choice needs none.",
    ),
  model: chosenModelSchema.describe("Model that is asked, as clients name it: of any kind, but a workflow."),
});
export type WrittenChoice = z.infer<typeof writtenChoiceSchema>;

export const chooseSchema = z.array(writtenChoiceSchema).min(1, "name at least one choice").max(64);

const intentFailureSchema = z.enum(["open", "closed"]);

const intentName = /^[a-z][a-z0-9_-]{0,62}$/;

/** Who says what a prompt is about. */
export const intentsSchema = z.strictObject({
  model: chosenModelSchema.describe(
    "Model that is asked what the prompt is about: a small one. It is asked only where a condition needs to know.",
  ),
  of: z
    .record(
      z.string().regex(intentName, "a name of lower-case letters, digits, - and _, beginning with a letter"),
      z.string().min(1).max(500),
    )
    .refine((intents) => Object.keys(intents).length > 0, "name at least one intent")
    .refine((intents) => Object.keys(intents).length <= 50, "at most 50 intents")
    .refine(
      (intents) => !Object.hasOwn(intents, unknownIntent),
      `${unknownIntent} is what a prompt is that is none of these: leave it out`,
    )
    .describe("The intents that there are: by the names that conditions use, what each is, in a few words."),
  timeout: durationSchema({ maxMs: longestTimeoutMs }).prefault("5s").describe("How long it may take."),
  failure: intentFailureSchema
    .default("open")
    .describe(
      "Where it fails or takes longer: open goes on, with the intent unknown; closed refuses the request.",
    ),
});
export type WrittenIntents = z.infer<typeof intentsSchema>;

/** How a model leads to others, by what a request is. */
export const modelChooserSchema = z.strictObject({
  choices: z
    .array(
      z.strictObject({
        /** In CEL. @default it is taken */
        when: z.string().optional(),
        model: z.string(),
      }),
    )
    .min(1),
  /** What the ingress is to say of the client's request; absent where no condition reads any of it. */
  client: z.strictObject({ headers: z.array(z.string()) }).optional(),
  intents: z
    .strictObject({
      model: z.string(),
      /** What each is, by name. */
      of: z.record(z.string(), z.string()),
      timeoutMs: z.int().positive(),
      failure: intentFailureSchema,
    })
    .optional(),
});
export type ModelChooser = z.infer<typeof modelChooserSchema>;

export interface ChoiceFault {
  message: string;
  path: (string | number)[];
}

/** What is wrong with choices, however they are written, and the field where it stands. */
export function chooserFaults({
  choose,
  intents,
}: {
  choose?: readonly WrittenChoice[] | undefined;
  intents?: WrittenIntents | undefined;
}): ChoiceFault[] {
  if (choose === undefined)
    return intents === undefined ? [] : [{ message: "does nothing without choose", path: ["intents"] }];
  const sure = choose.findIndex(({ when }) => when === undefined);
  const unreached = sure === -1 ? [] : choose.slice(sure + 1);
  const faults = unreached.map((_choice, index): ChoiceFault => {
    const message = `is never reached: choose[${sure}] has no condition, so it is always taken; move that to the end`;
    return { message, path: ["choose", sure + 1 + index] };
  });
  if (choose.length === 1 && sure === 0) {
    faults.push({
      message: "a single choice without a condition chooses nothing: name its model",
      path: ["choose"],
    });
  }
  return [...faults, ...intentFaults(choose, intents)];
}

function intentFaults(choose: readonly WrittenChoice[], intents: WrittenIntents | undefined): ChoiceFault[] {
  const asking = choose.flatMap(({ when }, index) => {
    const condition = when === undefined ? undefined : compiledOrNone(when);
    return condition?.promptFacts.includes("intent") ? [{ index, named: condition.intents }] : [];
  });
  if (intents === undefined) {
    const message =
      "prompt.intent is read, and nobody is asked for it: name intents beside choose, with model and of";
    return asking.map(({ index }) => ({ message, path: ["choose", index, "when"] }));
  }
  if (asking.length === 0) {
    return [{ message: "does nothing: no condition of choose reads prompt.intent", path: ["intents"] }];
  }
  const known = [...Object.keys(intents.of), unknownIntent];
  return asking.flatMap(({ index, named }) =>
    named
      .filter((name) => !known.includes(name))
      .map((name) => ({
        message: `there is no intent ${JSON.stringify(name)}${suggestion(name, known)}`,
        path: ["choose", index, "when"],
      })),
  );
}

/** What is wrong with a condition is said where it stands. */
function compiledOrNone(source: string): ReturnType<typeof compileChoiceCondition> | undefined {
  try {
    return compileChoiceCondition(source);
  } catch {
    return undefined;
  }
}

/**
 * What services read of choices that are without fault.
 * @param others what the models that can be chosen are to be told of the client's request, where they choose themselves
 */
export function compileChooser(
  choose: readonly WrittenChoice[],
  intents: WrittenIntents | undefined,
  others: readonly NonNullable<ModelChooser["client"]>[],
): ModelChooser {
  const conditions = choose.flatMap(({ when }) => (when === undefined ? [] : [compileChoiceCondition(when)]));
  const all = [...conditions.filter(({ readsClient }) => readsClient), ...others];
  const headers = [...new Set(all.flatMap((each) => each.headers))];
  return {
    choices: choose.map(({ when, model }) => ({ ...(when === undefined ? {} : { when }), model })),
    ...(all.length === 0 ? {} : { client: { headers } }),
    ...(intents === undefined
      ? {}
      : {
          intents: {
            model: intents.model,
            of: intents.of,
            timeoutMs: intents.timeout,
            failure: intents.failure,
          },
        }),
  };
}
