import { findModel } from "@sluice/resources/find-model";
import { findWorkflow } from "@sluice/resources/find-workflow";
import type { Snapshot } from "@sluice/resources/snapshot";
import type { HeldKey } from "./key-ring.ts";

/**
 * Names of the models that a key may use, in the order of the configuration: those that the configuration
 * lists, workflows among them, and those that only the key names in full.
 */
export function usableModels(snapshot: Snapshot, key: HeldKey): string[] {
  const workflows = Object.values(snapshot.workflows).map(({ model }) => model);
  const listed = [...snapshot.models.flatMap((route) => route.listed), ...workflows];
  const namedByKey = (key.allowedModels ?? []).filter((pattern) => !pattern.endsWith("*"));
  const names = new Set([...listed, ...namedByKey]);
  return [...names].filter((name) => key.mayUse(name) && isServed(snapshot, name));
}

function isServed(snapshot: Snapshot, name: string): boolean {
  return findWorkflow(snapshot, name) !== undefined || findModel(snapshot, name) !== undefined;
}
