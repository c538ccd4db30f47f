import type { ServiceDefinition } from "@sluice/runtime/service-definition";
import { type Config, configSchema } from "./config.ts";
import { startLedger } from "./service.ts";

/** What the ledger is, what it needs and how it starts. */
export const ledgerDefinition: ServiceDefinition<Config> = {
  service: "ledger",
  configSchema,
  start: startLedger,
};
