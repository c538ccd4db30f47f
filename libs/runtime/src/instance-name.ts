import { randomUUID } from "node:crypto";
import type { Instance } from "@sluice/contracts/service-name";
import type { ProcessName } from "./process-name.ts";

/** A new name for a process: 64 random bits, so no two are alike and none comes back. */
export function newInstance(process: ProcessName): Instance {
  return `${process}-${randomUUID().replaceAll("-", "").slice(-16)}`;
}
