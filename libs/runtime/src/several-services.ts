import type { ServiceName } from "@sluice/contracts/service-name";
import type { ServiceDefinition } from "./service-definition.ts";

/** Services that run in one process. */
export interface SeveralServices {
  /** Takes the clients' requests: starts when the others are ready, and stops first. */
  edge: ServiceDefinition<unknown>;
  /** Those that the requests go through. */
  steps: readonly ServiceDefinition<unknown>[];
  /** Those that keep a thread busy and have one of their own; they stop last. */
  threads: readonly { service: ServiceName; script: URL }[];
}
