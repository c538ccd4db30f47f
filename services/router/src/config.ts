import { isSealingKey } from "@sluice/sealing/sealing-keys";
import { z } from "zod";

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
  })
  .catchall(z.string())
  .transform(({ SLUICE_SEALING_KEY: sealingKey, ...environment }) => ({
    environment: environment as Readonly<Record<string, string>>,
    sealingKey,
  }));
export type RouterConfig = z.infer<typeof routerConfigSchema>;
