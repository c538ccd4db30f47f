import type { ServiceName } from "@sluice/contracts/service-name";
import { z } from "zod";
import { secretFile } from "./environment-variables.ts";

/** Names the file with the seed that a thread's service has on the bus. @default that of the process */
function seedVariable(service: ServiceName): string {
  return `NATS_${service.toUpperCase()}_NKEY_SEED_FILE`;
}

/** The variables that a process of several services has for those on threads. */
export function threadVariables(services: readonly ServiceName[]) {
  return z.object(
    Object.fromEntries(services.map((service) => [seedVariable(service), secretFile().optional()])),
  );
}

/** The environment of a service on a thread: that of the process, with a bus user and a port of its own. */
export function threadEnvironment(service: ServiceName, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const seedFile = environment[seedVariable(service)];
  return {
    ...environment,
    ...(seedFile ? { NATS_NKEY_SEED_FILE: seedFile } : {}),
    SLUICE_METRICS_PORT: "0",
  };
}
