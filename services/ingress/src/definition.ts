import type { ServiceDefinition } from "@sluice/runtime/service-definition";
import { type IngressConfig, ingressConfigSchema } from "./config.ts";
import { startIngress } from "./service.ts";

/** What the ingress is, what it needs and how it starts. */
export const ingressDefinition: ServiceDefinition<IngressConfig> = {
  service: "ingress",
  configSchema: ingressConfigSchema,
  start: startIngress,
};
