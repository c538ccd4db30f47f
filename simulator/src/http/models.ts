import { ProviderError } from "../provider-error.ts";
import type { ProviderName } from "../provider-name.ts";

/** What the model lists name. Calls may name any model, save one that begins with `unknown-`. */
const modelNames: Record<ProviderName, readonly string[]> = {
  openai: [
    "gpt-5.4",
    "gpt-5.4-mini",
    "gpt-5.4-nano",
    "gpt-5",
    "gpt-5-mini",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-4o",
    "gpt-4o-mini",
    "text-embedding-3-large",
    "text-embedding-3-small",
  ],
  anthropic: ["claude-opus-4-6", "claude-sonnet-4-6", "claude-sonnet-4-5", "claude-haiku-4-5"],
  gemini: [
    "gemini-3-flash-preview",
    "gemini-2.5-pro",
    "gemini-2.5-flash",
    "gemini-2.5-flash-lite",
    "gemini-embedding-001",
  ],
};

const createdSeconds = 1_767_225_600;
const createdAt = new Date(createdSeconds * 1_000).toISOString().replace(".000Z", "Z");

/** @throws ProviderError with the provider's 404 */
export function refuseUnknownModel(provider: ProviderName, model: string): void {
  if (!model.startsWith("unknown-")) return;
  switch (provider) {
    case "openai":
      throw new ProviderError(404, `The model \`${model}\` does not exist or you do not have access to it.`, {
        code: "model_not_found",
      });
    case "anthropic":
      throw new ProviderError(404, `model: ${model}`);
    case "gemini":
      throw new ProviderError(
        404,
        `models/${model} is not found for API version v1beta, or is not supported for this method.`,
      );
  }
}

/**
 * The body of a model list, or of one model of it.
 * @throws ProviderError with the provider's 404
 */
export function modelsBody(provider: ProviderName, model: string | undefined): unknown {
  if (model !== undefined) {
    refuseUnknownModel(provider, model);
    return modelBody(provider, model);
  }
  const models = modelNames[provider].map((name) => modelBody(provider, name));
  switch (provider) {
    case "openai":
      return { object: "list", data: models };
    case "anthropic":
      return {
        data: models,
        has_more: false,
        first_id: modelNames.anthropic[0],
        last_id: modelNames.anthropic.at(-1),
      };
    case "gemini":
      return { models };
  }
}

function modelBody(provider: ProviderName, name: string): unknown {
  switch (provider) {
    case "openai":
      return { id: name, object: "model", created: createdSeconds, owned_by: "system" };
    case "anthropic":
      return {
        type: "model",
        id: name,
        display_name: name,
        created_at: createdAt,
        capabilities: null,
        deprecated_at: null,
        lifecycle: "active",
        line: null,
        max_input_tokens: 200_000,
        max_tokens: 64_000,
        retires_at: null,
      };
    case "gemini":
      return {
        name: `models/${name}`,
        version: "001",
        displayName: name,
        inputTokenLimit: 1_048_576,
        outputTokenLimit: 65_536,
        supportedGenerationMethods: name.includes("embedding")
          ? ["embedContent", "batchEmbedContents"]
          : ["generateContent", "streamGenerateContent"],
      };
  }
}
