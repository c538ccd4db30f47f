import { url } from "@sluice/runtime/environment-variables";
import { isSealingKey } from "@sluice/sealing/sealing-keys";
import { z } from "zod";
import { parseHostOverrides } from "./domain/host-overrides.ts";

/**
 * What a router takes from its environment, besides what all services take: the configuration names the
 * variables that hold providers' keys and addresses, so all of them can be looked up. The key that opens sealed secrets
 * is not among these: whoever writes the configuration could have it sent to a provider of their own.
 */
export const routerConfigSchema = z
  .object({
    /** Opens sealed secrets. @default undefined (none can be opened) */
    SLUICE_SEALING_KEY: z
      .string()
      .refine(isSealingKey, "must be a private sealing key, as sluice init makes one")
      .optional(),
    /** Where limits are kept. @default undefined (requests with limits are refused) */
    REDIS_URL: url("redis", "rediss").optional(),
    /**
     * Where requests for a host go in its place, as `host=url,host=url`; the `host` header stays that of the host.
     * @default undefined (nowhere else)
     */
    SLUICE_HOST_OVERRIDES: z
      .string()
      .transform((text, check) => {
        const overrides = parseHostOverrides(text);
        if (overrides !== undefined) return overrides;
        check.addIssue("must be host=url, several with a comma between them");
        return z.NEVER;
      })
      .optional(),
  })
  .catchall(z.string())
  .transform(
    ({
      SLUICE_SEALING_KEY: sealingKey,
      SLUICE_HOST_OVERRIDES: hostOverrides,
      REDIS_URL: redisUrl,
      ...environment
    }) => ({
      environment: environment as Readonly<Record<string, string>>,
      sealingKey,
      redisUrl,
      hostOverrides: hostOverrides ?? new Map<string, string>(),
    }),
  );
export type RouterConfig = z.infer<typeof routerConfigSchema>;
