import { SluiceError } from "@sluice/contracts/sluice-error";
import { closestName } from "@sluice/resources/closest-name";
import { findTarget, modelOfRoute, type Target, type TargetQuestion } from "@sluice/resources/find-target";
import type { Snapshot } from "@sluice/resources/snapshot";
import type { Reach } from "./reach.ts";
import { usableModels } from "./usable-models.ts";

/** Longest piece of a client's model name that a message repeats. */
const quotedCharacters = 100;
/** Most patterns of a key that a message names. */
const namedPatterns = 10;

/**
 * What serves a request, if the key may use it. Of the gateway's own endpoints that comes first, so a key learns nothing
 * of models outside its reach, not even whether they exist.
 * @param key what the key or token of the client may be used for; undefined for all
 * @throws SluiceError `model_not_allowed`, `model_not_found`, `service_unavailable` for a route that is closed
 */
export function authorizeTarget(
  snapshot: Snapshot,
  key: Reach | undefined,
  request: Omit<TargetQuestion, "workflowStep">,
): Target {
  const { model, route } = request;
  if (route === undefined) {
    if (key !== undefined) refuseOutOfReach(key, model);
    return findTarget(snapshot, request) ?? noSuchModel(snapshot, key, model);
  }
  const target = findTarget(snapshot, request) ?? noSuchModel(snapshot, key, model);
  if (key?.allowedModels === undefined) return target;
  const asked = modelOfRoute(target);
  if (asked !== "") refuseOutOfReach(key, asked);
  else {
    const text = `This API key may use certain models only, and the route ${route} does not say which one it asks for.`;
    throw new SluiceError("model_not_allowed", text);
  }
  return target;
}

function refuseOutOfReach(key: Reach, model: string): void {
  if (!key.mayUse(model)) {
    const patterns = (key.allowedModels ?? []).slice(0, namedPatterns);
    const more = (key.allowedModels?.length ?? 0) > patterns.length ? ", …" : "";
    const text = `This API key may not use the model ${quote(model)}, only: ${patterns.join(", ")}${more}.`;
    throw new SluiceError("model_not_allowed", text, { parameter: "model" });
  }
}

function noSuchModel(snapshot: Snapshot, key: Reach | undefined, model: string): never {
  const known = usableModels(snapshot, key);
  const closest = closestName(model.slice(0, quotedCharacters), known);
  const hint =
    closest === undefined ? "The list of models shows what there is." : `Did you mean "${closest}"?`;
  throw new SluiceError("model_not_found", `There is no model ${quote(model)}. ${hint}`, {
    parameter: "model",
  });
}

function quote(model: string): string {
  return JSON.stringify(model.length > quotedCharacters ? `${model.slice(0, quotedCharacters)}…` : model);
}
