import { dialectNameSchema } from "@sluice/contracts/dialect-name";
import { z } from "zod";
import { byteSizeSchema } from "./byte-size.ts";
import { retriesSchema, timeoutsSchema } from "./call-limits.ts";
import { lostCallSchema, unrecordedCallsSchema } from "./call-policy.ts";
import { durationSchema } from "./duration.ts";
import { guardPolicySchema } from "./guard-policy.ts";
import { namePatternSchema } from "./name-pattern.ts";
import { priceOverrideSchema } from "./price-override.ts";

const hourMs = 3_600_000;

/** A name that other parts of the file refer to. */
const nameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, "a name of lower-case letters, digits and -, beginning with a letter");

const environmentVariableSchema = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable")
  .describe("Environment variable of the service that holds it.");

/** What is said to whoever writes a key into the file. */
export const literalSecretMessage =
  "a key must not stand in this file: write {env: NAME} for an environment variable of the router, " +
  "or {file: PATH} for a file that it can read";

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
  backend: nameSchema.describe("Name of the backend that serves it."),
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
  lostCall: lostCallSchema
    .optional()
    .describe(
      "Of this model, in place of what defaults say: see there. Streamed requests are never repeated.",
    ),
});

const gatewaySchema = z.strictObject({
  maxBody: byteSizeSchema({ minBytes: 1024, maxBytes: 512 * 1024 ** 2 })
    .prefault("32MiB")
    .describe("Largest body of a request; a larger one is answered 413."),
  maxOpenRequests: z
    .int()
    .min(1)
    .max(100_000)
    .default(2_000)
    .describe("Requests in progress at one ingress; one more is answered 503 at once."),
  maxJsonDepth: z.int().min(8).max(1_000).default(128).describe("Deepest nesting of a request's JSON."),
  requestTimeout: durationSchema({ minMs: 1_000, maxMs: 24 * hourMs })
    .prefault("10m")
    .describe("From the arrival of a request to the end of its answer."),
  uploadTimeout: durationSchema({ minMs: 1_000, maxMs: hourMs })
    .prefault("30s")
    .describe("For a client to send its whole body."),
});

const ledgerSchema = z.strictObject({
  unrecordedCalls: unrecordedCallsSchema
    .default("refuse")
    .describe(
      "When the event stream does not take a call (it is full, or not there): refuse answers 503, and nothing is " +
        "spent that is not recorded; allow makes the call, raises an alarm, and records it when the stream takes " +
        "events again.",
    ),
});

/** `sluice.yaml`: what an administrator writes. Unknown keys are errors. */
export const configurationSchema = z
  .strictObject({
    gateway: gatewaySchema.prefault({}).describe("What the gateway takes on."),
    backends: z
      .record(nameSchema, backendSchema)
      .refine((backends) => Object.keys(backends).length > 0, "name at least one backend")
      .describe("The providers, by names that you choose."),
    models: z
      .array(modelSchema)
      .min(1, "name at least one model")
      .describe("The models that clients may ask for, and what serves them."),
    defaults: z
      .strictObject({
        guardPolicies: z
          .array(nameSchema)
          .default([])
          .describe("Guard policies of every model that does not name its own."),
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
