import { url } from "@sluice/runtime/environment-variables";
import { isApiKeyDigestKey } from "@sluice/sealing/api-key-digest";
import { z } from "zod";

/**
 * What an auth takes from its environment, besides what all services take: AuthPolicies name the variables that hold
 * secrets for authorization servers, so all others can be looked up.
 */
export const authConfigSchema = z
  .object({
    /** Makes the digests by which keys of Secrets are known. @default undefined (no such key lets anybody in) */
    SLUICE_API_KEY_DIGEST_KEY: z
      .string()
      .refine(isApiKeyDigestKey, "must be a key for digests of API keys, as sluice init makes one")
      .optional(),
    /** Where the limits are kept. @default undefined (routes with limits are refused) */
    REDIS_URL: url("redis", "rediss").optional(),
  })
  .catchall(z.string())
  .transform(({ SLUICE_API_KEY_DIGEST_KEY: apiKeyDigestKey, REDIS_URL: redisUrl, ...environment }) => ({
    apiKeyDigestKey,
    redisUrl,
    environment: environment as Readonly<Record<string, string>>,
  }));
export type AuthConfig = z.infer<typeof authConfigSchema>;
