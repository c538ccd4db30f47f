import type { ServiceDefinition } from "@sluice/runtime/service-definition";
import { type GuardConfig, guardConfigSchema } from "./config.ts";
import { startGuard } from "./service.ts";

/** What the guard is, what it needs and how it starts. */
export const guardDefinition: ServiceDefinition<GuardConfig> = {
  service: "guard",
  configSchema: guardConfigSchema,
  start: startGuard,
};
