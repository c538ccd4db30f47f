import type { ServiceDefinition } from "@sluice/runtime/service-definition";
import { type AuthConfig, authConfigSchema } from "./config.ts";
import { startAuth } from "./service.ts";

/** What auth is, what it needs and how it starts. */
export const authDefinition: ServiceDefinition<AuthConfig> = {
  service: "auth",
  configSchema: authConfigSchema,
  start: startAuth,
};
