import { servesModel } from "@sluice/resources/find-model";
import type { Snapshot } from "@sluice/resources/snapshot";
import type { HeldKey } from "./key-ring.ts";

/**
 * Names of the models that a key may use, in the order of the configuration: those that the configuration
 * lists, and those that only the key names in full.
 */
export function usableModels(snapshot: Snapshot, key: HeldKey): string[] {
  const listed = snapshot.models.flatMap((route) => route.listed);
  const namedByKey = (key.allowedModels ?? []).filter((pattern) => !pattern.endsWith("*"));
  const names = new Set([...listed, ...namedByKey]);
  return [...names].filter((name) => key.mayUse(name) && servesModel(snapshot, name));
}
