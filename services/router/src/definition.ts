import type { ServiceDefinition } from "@sluice/runtime/service-definition";
import { type RouterConfig, routerConfigSchema } from "./config.ts";
import { startRouter } from "./service.ts";

/** What the router is, what it needs and how it starts. */
export const routerDefinition: ServiceDefinition<RouterConfig> = {
  service: "router",
  configSchema: routerConfigSchema,
  start: startRouter,
};
