import { reasoningEfforts } from "@sluice/dialects/canonical-request";
import { z } from "zod";
import { workflowProblems } from "../workflow-problems.ts";
import { referenceSchema } from "./metadata.ts";

/** Most steps of a workflow. */
const maxSteps = 32;

const expressionSchema = z.string().min(1).meta({ title: "condition in CEL" });
const templateSchema = z.string().min(1).meta({ title: "template" });

const modelNameSchema = z.string().min(1).max(256);

const aiBackendSchema = z.strictObject({
  ...referenceSchema.shape,
  model: modelNameSchema.optional().describe("Model to ask for. Default: that of the AIBackend."),
});

const targetShape = {
  model: modelNameSchema.optional().describe("A model of the configuration, as clients name it."),
  aiBackend: aiBackendSchema.optional().describe("A model behind an AIBackend."),
};

const choiceSchema = z
  .strictObject({
    when: expressionSchema.optional().describe("Condition; the last choice has none."),
    ...targetShape,
  })
  .check((check) => {
    if ((check.value.model === undefined) !== (check.value.aiBackend === undefined)) return;
    check.issues.push({
      code: "custom",
      message: "either model or aiBackend, one of them",
      input: check.value,
    });
  });

const messageSchema = z
  .strictObject({
    from: z.literal("input").optional().describe("All messages of the client, as they are."),
    role: z.enum(["system", "user", "assistant"]).optional().describe("Whose message it is."),
    content: templateSchema.optional().describe("Its text, by a template."),
  })
  .check((check) => {
    const { from, role, content } = check.value;
    const isWritten = role !== undefined && content !== undefined;
    if (from === undefined ? isWritten : role === undefined && content === undefined) return;
    const message = "either role and content, or from: input";
    check.issues.push({ code: "custom", message, input: check.value });
  });

const responseFormatSchema = z.strictObject({
  type: z.literal("json").describe("A JSON object, which later steps read as `steps.NAME.json`."),
  schema: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("JSON Schema that the model is held to, as far as its provider can. Default: any object."),
});

const stepSchema = z
  .strictObject({
    name: z
      .string()
      .max(63)
      .regex(/^[a-z][A-Za-z0-9_]*$/, "a name of letters, digits and _, beginning with a lower-case letter")
      .describe("By which later steps, errors and the ledger name it."),
    when: expressionSchema.optional().describe("Whether it is run at all. Default: it is."),
    ...targetShape,
    choose: z
      .array(choiceSchema)
      .min(2)
      .max(64)
      .optional()
      .describe("Models; the first whose condition holds."),
    template: templateSchema.optional().describe("A text made without a model."),
    messages: z.array(messageSchema).min(1).optional().describe("What the model is asked."),
    temperature: z.number().min(0).max(2).optional().describe("How freely the model writes."),
    topP: z.number().min(0).max(1).optional().describe("Share of likely words that it chooses from."),
    maxTokens: z.int().min(1).max(1e7).optional().describe("Most tokens of its reply."),
    stop: z.array(z.string().min(1)).min(1).max(4).optional().describe("Texts at which it stops."),
    reasoningEffort: z.enum(reasoningEfforts).optional().describe("How much it thinks before."),
    responseFormat: responseFormatSchema
      .optional()
      .describe("That it answers in JSON. Default: as it likes."),
    policies: z
      .strictObject({
        ai: z.array(referenceSchema).min(1).optional().describe("AIPolicies with rules for this step."),
      })
      .optional()
      .describe("Policies by name, besides those of the model."),
  })
  .check((check) => {
    const { name: _name, when: _when, model, aiBackend, choose, template, ...ofModel } = check.value;
    const complain = (message: string, path: PropertyKey[] = []): void => {
      check.issues.push({ code: "custom", message, path, input: check.value });
    };
    if ([model, aiBackend, choose, template].filter((way) => way !== undefined).length !== 1) {
      complain("either model, aiBackend, choose or template, one of them");
      return;
    }
    if (template === undefined) {
      if (ofModel.messages === undefined) complain("is missing", ["messages"]);
      return;
    }
    for (const [key, value] of Object.entries(ofModel)) {
      if (value !== undefined)
        complain("is for steps that ask a model; a template asks none: leave it out", [key]);
    }
  });
export type StepSpec = z.infer<typeof stepSchema>;

/** Several steps that together answer as one model. */
export const workflowSchema = z
  .strictObject({
    model: modelNameSchema
      .refine((name) => !name.endsWith("*"), "must be one name: a workflow has no pattern")
      .optional()
      .describe("Model by which clients ask for it. Default: the name of the resource."),
    policies: z
      .strictObject({
        ai: z
          .array(referenceSchema)
          .min(1)
          .optional()
          .describe(
            "AIPolicies with rules for what clients send and are answered, and limits of what may be used with it.",
          ),
      })
      .prefault({})
      .describe("Policies by name."),
    steps: z
      .array(stepSchema)
      .min(1)
      .max(maxSteps)
      .describe(
        "The steps. One that reads the output of another is run after it; all others at the same time. " +
          "The reply is that of the last one that is run.",
      ),
  })
  .check((check) => {
    for (const { path, message } of workflowProblems(check.value)) {
      check.issues.push({ code: "custom", path: [...path], message, input: check.value });
    }
  })
  .describe("Steps, each a call of a model or a template, that together answer as one model.");
export type WorkflowSpec = z.infer<typeof workflowSchema>;
