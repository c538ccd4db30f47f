import { z } from "zod";

/**
 * What a router takes from its environment, besides what all services take: the configuration names the
 * variables that hold providers' keys and addresses, so all of them can be looked up.
 */
export const routerConfigSchema = z
  .record(z.string(), z.string())
  .transform((environment) => ({ environment: environment as Readonly<Record<string, string>> }));
export type RouterConfig = z.infer<typeof routerConfigSchema>;
