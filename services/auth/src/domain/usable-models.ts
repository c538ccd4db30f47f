import { SluiceError } from "@sluice/contracts/sluice-error";
import { servesModel } from "@sluice/resources/find-model";
import { findTarget } from "@sluice/resources/find-target";
import { findWorkflow } from "@sluice/resources/find-workflow";
import type { Snapshot } from "@sluice/resources/snapshot";
import type { Reach } from "./reach.ts";

/**
 * Names of the models that may be used, in the order of the configuration: those that the configuration
 * lists, workflows among them, and those that only the key or its consumer names in full.
 * @param reach undefined for all
 * @param regions that requests must stay in; undefined for any
 */
export function usableModels(
  snapshot: Snapshot,
  reach: Reach | undefined,
  regions?: readonly string[],
): string[] {
  const workflows = Object.values(snapshot.workflows).map(({ model }) => model);
  const listed = [...snapshot.models.flatMap((route) => route.listed), ...workflows];
  const namedByKey = (reach?.allowedModels ?? []).filter((pattern) => !pattern.endsWith("*"));
  const names = new Set([...listed, ...namedByKey]);
  return [...names].filter(
    (name) =>
      reach?.mayUse(name) !== false &&
      isServed(snapshot, name) &&
      (regions === undefined || isServedWithin(snapshot, name, regions)),
  );
}

function isServed(snapshot: Snapshot, name: string): boolean {
  return findWorkflow(snapshot, name) !== undefined || servesModel(snapshot, name);
}

function isServedWithin(snapshot: Snapshot, model: string, regions: readonly string[]): boolean {
  try {
    return findTarget(snapshot, { model, regions }) !== undefined;
  } catch (error) {
    if (error instanceof SluiceError) return false;
    throw error;
  }
}
