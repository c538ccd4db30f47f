import { randomUUID } from "node:crypto";
import type { Instance, ServiceName } from "@sluice/contracts/service-name";

/** A new name for a process of a service: 64 random bits, so no two are alike and none comes back. */
export function newInstance(service: ServiceName): Instance {
  return `${service}-${randomUUID().replaceAll("-", "").slice(-16)}`;
}
