import { z } from "zod";
import { lostCallSchema } from "../call-policy.ts";
import { chooserFaults, chooseSchema, intentsSchema } from "../choosing/model-choice.ts";
import { poolFaults, stickySchema, targetPrioritySchema, targetWeightSchema } from "../model-pool.ts";
import { namePatternSchema } from "../name-pattern.ts";
import { referenceSchema } from "./metadata.ts";

/** Most targets of a model. */
const maxTargets = 50;

/** One of several that can answer for a model. */
const tableTargetSchema = z.strictObject({
  aiBackend: referenceSchema.describe("An AIBackend."),
  providerModel: namePatternSchema
    .optional()
    .describe(
      "Model to ask it for; a * at its end takes what the * of the model's name stood for. Default: that of the " +
        "AIBackend, else as the client named it.",
    ),
  weight: targetWeightSchema.default(1),
  priority: targetPrioritySchema.default(0),
});

/** A model that the gateway's own endpoints serve, such as `/v1/chat/completions`. */
export const tableModelSchema = z
  .strictObject({
    name: namePatternSchema.describe(
      "Model as clients name it; a * at the end stands for any ending. An exact name goes before a beginning, " +
        "a longer beginning before a shorter one.",
    ),
    destination: z
      .strictObject({ aiBackend: referenceSchema.describe("An AIBackend.") })
      .optional()
      .describe("Who answers."),
    targets: z
      .array(tableTargetSchema)
      .min(1, "name at least one target")
      .max(maxTargets)
      .optional()
      .describe(
        "Several that can answer, in place of destination. One that fails is replaced by the next in the same request.",
      ),
    choose: chooseSchema
      .optional()
      .describe(
        "Other models, in place of destination: the first whose condition holds of a request answers it. Guard policies " +
          "and limits of all of them hold for this one.",
      ),
    intents: intentsSchema
      .optional()
      .describe("With choose: who says what a prompt is about, for conditions that read prompt.intent."),
    sticky: stickySchema
      .optional()
      .describe(
        "With targets: whether the requests of a user, or of a key, stay with the same one while it can answer. " +
          "Default: none.",
      ),
    providerModel: namePatternSchema
      .optional()
      .describe(
        "Model to ask the provider for; a * at its end takes what the * of name stood for. Default: that of the " +
          "AIBackend, else as the client named it.",
      ),
    listed: z
      .array(z.string().min(1))
      .optional()
      .describe(
        "For a name with *: the names that the list of models (GET /v1/models) shows. Default: none.",
      ),
    policies: z
      .strictObject({
        ai: z
          .array(referenceSchema)
          .min(1)
          .optional()
          .describe(
            "AIPolicy resources with rules for prompts and replies; limits and caching are for routes.",
          ),
      })
      .prefault({})
      .describe("Policies by name; others choose the whole table."),
    lostCall: lostCallSchema
      .default("fail")
      .describe(
        "When the router that holds a request is lost and nothing of the reply has come: fail answers 502, repeat sends " +
          "the request once more, which may be paid twice. Streamed requests are never repeated.",
      ),
  })
  .check((check) => {
    const { name, listed = [], providerModel, destination, targets, choose, lostCall } = check.value;
    const fault = (message: string, ...path: (string | number)[]) =>
      check.issues.push({ code: "custom", message, path, input: check.value });
    if ([destination, targets, choose].filter((way) => way !== undefined).length !== 1)
      fault("either destination, targets or choose, one of them");
    if (targets !== undefined && providerModel !== undefined) {
      fault("each of the targets has its own", "providerModel");
    }
    for (const { message, field } of poolFaults(check.value)) fault(message, field);
    for (const { message, path } of chooserFaults(check.value)) fault(message, ...path);
    if (choose !== undefined) {
      const chosens = "each of the models that it chooses from has its own";
      if (providerModel !== undefined) fault(chosens, "providerModel");
      if (lostCall === "repeat") fault(chosens, "lostCall");
      if (name.endsWith("*")) fault("a model that chooses has one name, without *", "name");
    }
    if (name.endsWith("*")) {
      for (const [index, example] of listed.entries()) {
        if (example.startsWith(name.slice(0, -1))) continue;
        fault(`does not begin as the model's name, ${name}`, "listed", index);
      }
      return;
    }
    if (listed.length > 0) fault("only a name with * has a list; a plain name is listed as it is", "listed");
    const nothing = "a * stands for nothing here, because the model's name has none";
    if (providerModel?.endsWith("*")) fault(nothing, "providerModel");
    for (const [index, target] of (targets ?? []).entries()) {
      if (target.providerModel?.endsWith("*")) fault(nothing, "targets", index, "providerModel");
    }
  });
export type TableModel = z.infer<typeof tableModelSchema>;
