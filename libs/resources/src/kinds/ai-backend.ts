import { dialectNames } from "@sluice/contracts/dialect-name";
import { z } from "zod";
import { breakerSchema } from "../breaker.ts";
import { retriesSchema, timeoutsSchema } from "../call-limits.ts";
import { healthCheckSchema } from "../health-check.ts";
import { tokenPricesSchema } from "../price-override.ts";
import { regionSchema } from "../region.ts";
import { secretSourceSchema } from "./secret.ts";

/** Providers whose models an AIBackend can call: those whose dialects Sluice speaks, and inference as Hugging Face has it. */
export const aiProviders = [...dialectNames, "huggingface"] as const;
export const aiProviderSchema = z.enum(aiProviders);
export type AiProvider = z.infer<typeof aiProviderSchema>;

export const aiBackendSchema = z
  .strictObject({
    provider: aiProviderSchema.describe("Whose wire format it speaks."),
    model: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe("Model to ask for, whatever the client names. Default: as the client names it."),
    url: z
      .url({ protocol: /^https?$/, error: "a URL that begins with http:// or https://" })
      .optional()
      .describe(
        "As the provider's SDK takes it, or the whole address of its endpoint. Default: that of the router's " +
          "environment, such as OPENAI_BASE_URL, else the provider's public one.",
      ),
    urlFrom: z
      .strictObject({
        env: z
          .string()
          .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable")
          .describe("Environment variable of the router."),
        fallback: z
          .url({ protocol: /^https?$/, error: "a URL that begins with http:// or https://" })
          .optional()
          .describe("Where that is not set."),
      })
      .optional()
      .describe("An environment variable that the address is taken from, in place of url."),
    credentials: secretSourceSchema
      .optional()
      .describe(
        "The provider's key. Default: the environment variable of the provider, such as OPENAI_API_KEY.",
      ),
    price: z
      .strictObject({ usdPerMillionTokens: tokenPricesSchema.describe("US dollars per million tokens.") })
      .optional()
      .describe(
        "What its calls cost. Default: by the prices of `sluice.yaml`, else as the price book has it for the model.",
      ),
    region: regionSchema
      .optional()
      .describe(
        "Where it processes what it is asked, by a name of your own, such as eu. What must stay in certain regions " +
          "goes to no AIBackend of another, and to none without.",
      ),
    timeouts: timeoutsSchema.prefault({}).describe("How long to wait for the provider."),
    retries: retriesSchema.prefault({}).describe("When a call fails in a way that may pass."),
    breaker: breakerSchema
      .prefault({})
      .describe("When it is left alone for a while, where it is one of several targets of a model."),
    healthCheck: healthCheckSchema
      .optional()
      .describe(
        "Asked for on its own, whether or not it is called; {} for what is usual. Default: it is not.",
      ),
  })
  .check((check) => {
    const { provider, url, urlFrom } = check.value;
    if (urlFrom === undefined || (url === undefined && provider !== "huggingface")) return;
    check.issues.push({
      code: "custom",
      message:
        url === undefined
          ? "a Hugging Face model has an address of its own: name it with url"
          : "either url or urlFrom, one of them",
      path: ["urlFrom"],
      input: check.value,
    });
  })
  .check((check) => {
    if (check.value.provider !== "huggingface" || check.value.healthCheck === undefined) return;
    check.issues.push({
      code: "custom",
      message: "does nothing for a Hugging Face model, which is called as it is",
      path: ["healthCheck"],
      input: check.value,
    });
  })
  .check((check) => {
    if (check.value.provider !== "huggingface" || check.value.url !== undefined) return;
    check.issues.push({
      code: "custom",
      message: "is missing: a Hugging Face model has an address of its own",
      path: ["url"],
      input: check.value,
    });
  })
  .describe("A model, or all models, of a provider, with its address and its key.");
export type AiBackend = z.infer<typeof aiBackendSchema>;
