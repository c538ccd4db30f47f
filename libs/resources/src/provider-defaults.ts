import type { DialectName } from "@sluice/contracts/dialect-name";
import type { BaseUrl, SecretReference } from "./snapshot.ts";

/** What a backend takes that says no more than its provider: the environment variables of the provider's own SDK. */
export const providerDefaults: Record<DialectName, { apiKey: SecretReference; baseUrl: BaseUrl }> = {
  openai: {
    apiKey: { env: "OPENAI_API_KEY" },
    baseUrl: { env: "OPENAI_BASE_URL", fallback: "https://api.openai.com/v1" },
  },
  anthropic: {
    apiKey: { env: "ANTHROPIC_API_KEY" },
    baseUrl: { env: "ANTHROPIC_BASE_URL", fallback: "https://api.anthropic.com" },
  },
  gemini: {
    apiKey: { env: "GEMINI_API_KEY" },
    baseUrl: { env: "GEMINI_BASE_URL", fallback: "https://generativelanguage.googleapis.com" },
  },
};
