import { dialectNameSchema } from "@sluice/contracts/dialect-name";
import { z } from "zod";
import { retriesSchema, timeoutsSchema } from "./call-limits.ts";
import { lostCallSchema } from "./call-policy.ts";
import { chooserFaults, chooseSchema, intentsSchema } from "./choosing/model-choice.ts";
import { gatewaySchema, ledgerSchema } from "./gateway-schema.ts";
import { guardPolicySchema } from "./guard-policy.ts";
import { limitListSchema } from "./kinds/limit-list.ts";
import { literalSecretMessage } from "./literal-secret-message.ts";
import { poolFaults, stickySchema, targetPrioritySchema, targetWeightSchema } from "./model-pool.ts";
import { namePatternSchema } from "./name-pattern.ts";
import { priceOverrideSchema } from "./price-override.ts";

/** A name that other parts of the file refer to. */
const namePattern = /^[a-z][a-z0-9-]{0,62}$/;
const nameHint = "a name of lower-case letters, digits and -, beginning with a letter";
const nameSchema = z.string().regex(namePattern, nameHint);

const environmentVariableSchema = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable")
  .describe("Environment variable of the service that holds it.");

const keyFact = z.string().min(1).max(200);

const secretSchema = z
  .strictObject(
    {
      env: environmentVariableSchema.optional(),
      file: z
        .string()
        .min(1)
        .optional()
        .describe("File that holds it and nothing else; a relative path begins at this file's folder."),
    },
    { error: (issue) => (typeof issue.input === "string" ? literalSecretMessage : undefined) },
  )
  .check((check) => {
    if ((check.value.env === undefined) !== (check.value.file === undefined)) return;
    check.issues.push({ code: "custom", message: "either env or file, one of them", input: undefined });
  })
  .describe("Where the router finds the provider's key. Default: the environment variable of the provider.");

const httpUrl = z.url({ protocol: /^https?$/, error: "a URL that begins with http:// or https://" });
const baseUrlSchema = z
  .union([httpUrl, z.strictObject({ env: environmentVariableSchema, fallback: httpUrl.optional() })], {
    error: "a URL that begins with http:// or https://, or {env: NAME, fallback: URL}",
  })
  .describe(
    "As the provider's SDK takes it: with /v1 for openai, without a version for anthropic and gemini. " +
      "Default: the provider's environment variable (such as OPENAI_BASE_URL), else its public address.",
  );

const backendSchema = z.strictObject({
  provider: dialectNameSchema.describe("The wire format that the backend speaks."),
  baseUrl: baseUrlSchema.optional(),
  apiKey: secretSchema.optional(),
  timeouts: timeoutsSchema.prefault({}).describe("How long to wait for the provider."),
  retries: retriesSchema.prefault({}).describe("When a call fails in a way that may pass."),
});

const modelSchema = z.strictObject({
  name: namePatternSchema.describe(
    "Model as clients name it; a * at the end stands for any ending. An exact name goes before a beginning, " +
      "a longer beginning before a shorter one.",
  ),
  backend: z
    .string({
      error: (issue) =>
        issue.input === undefined
          ? "is missing: no backend can be told from the model's name; name it, or write BACKEND/MODEL"
          : undefined,
    })
    .regex(namePattern, nameHint)
    .describe(
      "Name of the backend that serves it. Default: the only one that there is, else that of the provider whose " +
        "models are named so (gpt-*, claude-*, gemini-* …).",
    ),
  providerModel: namePatternSchema
    .optional()
    .describe(
      "Model to ask the provider for, when it has another name there; a * at its end takes what the * of " +
        "name stood for. Default: as the client named it.",
    ),
  listed: z
    .array(z.string().min(1))
    .optional()
    .describe("For a name with *: the names that the list of models (GET /v1/models) shows. Default: none."),
  guardPolicies: z
    .array(nameSchema)
    .optional()
    .describe("Guard policies of this model, in place of those in defaults; [] for none."),
  limits: limitListSchema()
    .default([])
    .describe("How much may be used of this model, under all its names, besides the limits in defaults."),
  lostCall: lostCallSchema
    .optional()
    .describe(
      "Of this model, in place of what defaults say: see there. Streamed requests are never repeated.",
    ),
});

const literalKeyMessage =
  "keys must not stand in this file: write {env: NAME} for an environment variable of whoever applies the file, " +
  "or {file: PATH}";

/** A virtual key, as `sluice keys create` makes it, whose value stands elsewhere. */
const keySchema = z.strictObject({
  name: keyFact.describe("What the key is for. The ledger knows it again by this name."),
  user: keyFact.optional().describe("Owner, for the ledger."),
  team: keyFact.optional().describe("Owner, for the ledger."),
  application: keyFact.optional().describe("Owner, for the ledger."),
  department: keyFact.optional().describe("Owner, for the ledger."),
  tags: z.array(keyFact).max(50).default([]).describe("Labels for the ledger."),
  models: z
    .array(namePatternSchema)
    .min(1)
    .optional()
    .describe("Models that the key may use; a * at the end stands for any ending. Default: all."),
  limits: limitListSchema("key").default([]).describe("How much may be used with this key."),
  value: z
    .strictObject(
      {
        env: environmentVariableSchema
          .optional()
          .describe("Environment variable of whoever applies the file."),
        file: z
          .string()
          .min(1)
          .optional()
          .describe("File that holds it and nothing else; a relative path begins at this file's folder."),
      },
      { error: (issue) => (typeof issue.input === "string" ? literalKeyMessage : undefined) },
    )
    .check((check) => {
      if ((check.value.env === undefined) !== (check.value.file === undefined)) return;
      check.issues.push({ code: "custom", message: "either env or file, one of them", input: undefined });
    })
    .describe("Where the key is found when the file is applied: sk-sluice- and 43 letters, digits, - or _."),
});

/** A model of the file, as others of it refer to it. */
const servedNameSchema = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^*\s]+$/, "a name without blanks and without *");

/** One of several models that answer under one name. */
const virtualTargetSchema = z.strictObject({
  model: servedNameSchema.describe("One of the models, or a name that the * of one stands for."),
  weight: targetWeightSchema.default(1),
  priority: targetPrioritySchema.default(0),
});

/** Another name for a model, or for several. */
const virtualModelSchema = z
  .strictObject({
    name: servedNameSchema.describe("Model as clients name it."),
    model: servedNameSchema
      .optional()
      .describe(
        "One of the models, or a name that the * of one stands for: who asks for the name gets this.",
      ),
    targets: z
      .array(virtualTargetSchema)
      .min(1, "name at least one model")
      .max(50)
      .optional()
      .describe(
        "Several models that can answer, in place of model, each by its name or with weight and priority. One that " +
          "fails is replaced by the next in the same request.",
      ),
    choose: chooseSchema
      .optional()
      .describe(
        "Other models, virtual ones among them, in place of model: the first whose condition holds of a request answers " +
          "it. Guard policies and limits of all of them hold for this one.",
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
    guardPolicies: z
      .array(nameSchema)
      .optional()
      .describe(
        "Guard policies under this name, in place of those of the models behind it; [] for none. Default: all of theirs. " +
          "With choose: besides theirs.",
      ),
    lostCall: lostCallSchema
      .optional()
      .describe(
        "Under this name, in place of what the models behind it say. Default: repeat where all of them do.",
      ),
  })
  .check((check) => {
    const { model, targets, choose, lostCall, guardPolicies } = check.value;
    const fault = (message: string, ...path: (string | number)[]) =>
      check.issues.push({ code: "custom", message, path, input: check.value });
    if ([model, targets, choose].filter((way) => way !== undefined).length !== 1)
      fault("either model, targets or choose, one of them");
    for (const { message, field } of poolFaults(check.value)) fault(message, field);
    for (const { message, path } of chooserFaults(check.value)) fault(message, ...path);
    if (choose === undefined) return;
    if (lostCall !== undefined) fault("each of the models that it chooses from has its own", "lostCall");
    if (guardPolicies?.length === 0)
      fault("does nothing: the guard policies of all models that it chooses from hold", "guardPolicies");
  });

/** `sluice.yaml`: what an administrator writes. Unknown keys are errors. */
export const configurationSchema = z
  .strictObject({
    gateway: gatewaySchema.prefault({}).describe("What the gateway takes on."),
    backends: z
      .record(nameSchema, backendSchema)
      .refine((backends) => Object.keys(backends).length > 0, "name at least one backend")
      .default({})
      .describe(
        "The providers, by names that you choose. openai, anthropic and gemini need not be named: each is a backend " +
          "with its key and address in the environment.",
      ),
    models: z
      .array(modelSchema)
      .min(1, "name at least one model")
      .describe("The models that clients may ask for, and what serves them."),
    virtualModels: z
      .array(virtualModelSchema)
      .default([])
      .describe(
        "Other names for models, which stay while what is behind them changes, and names for several of them that stand " +
          "in for each other.",
      ),
    keys: z
      .array(keySchema)
      .default([])
      .describe("Virtual keys: made, changed and revoked as they stand here. Only hashes of them are kept."),
    defaults: z
      .strictObject({
        guardPolicies: z
          .array(nameSchema)
          .default([])
          .describe("Guard policies of every model that does not name its own."),
        limits: limitListSchema()
          .default([])
          .describe("How much may be used of all models together; those of a model hold besides."),
        lostCall: lostCallSchema
          .default("fail")
          .describe(
            "When the router that holds a request is lost and nothing of the reply has come: fail answers 502, " +
              "since the provider may have been paid; repeat sends the request once more, which may be paid twice.",
          ),
      })
      .prefault({})
      .describe("What holds for every model that says nothing else."),
    guardPolicies: z
      .record(nameSchema, guardPolicySchema)
      .default({})
      .describe("What the guard looks for and what it does, by names that you choose."),
    ledger: ledgerSchema.prefault({}).describe("How calls are recorded."),
    prices: z
      .array(priceOverrideSchema)
      .default([])
      .describe("Prices of your own; they go before the price book's. The first that fits counts."),
  })
  .meta({
    title: "Sluice configuration",
    description: "The configuration of a Sluice gateway (sluice.yaml).",
  });
export type Configuration = z.infer<typeof configurationSchema>;
