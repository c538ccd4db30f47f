import { SluiceError } from "@sluice/contracts/sluice-error";
import { closestName } from "@sluice/resources/closest-name";
import { type FoundModel, findModel } from "@sluice/resources/find-model";
import type { Snapshot } from "@sluice/resources/snapshot";
import type { HeldKey } from "./key-ring.ts";
import { usableModels } from "./usable-models.ts";

/** Longest piece of a client's model name that a message repeats. */
const quotedCharacters = 100;
/** Most patterns of a key that a message names. */
const namedPatterns = 10;

/**
 * The route of the model that a request asks for. Whether the key may use the name comes first, so a key
 * learns nothing of models outside its reach, not even whether they exist.
 * @throws SluiceError `model_not_allowed`, `model_not_found`
 */
export function authorizeModel(snapshot: Snapshot, key: HeldKey, model: string): FoundModel {
  const parameter = "model";
  if (!key.mayUse(model)) {
    const patterns = (key.allowedModels ?? []).slice(0, namedPatterns);
    const more = (key.allowedModels?.length ?? 0) > patterns.length ? ", …" : "";
    const text = `This API key may not use the model ${quote(model)}, only: ${patterns.join(", ")}${more}.`;
    throw new SluiceError("model_not_allowed", text, { parameter });
  }
  const found = findModel(snapshot, model);
  if (found !== undefined) return found;
  const closest = closestName(model.slice(0, quotedCharacters), usableModels(snapshot, key));
  const hint =
    closest === undefined ? "The list of models shows what there is." : `Did you mean "${closest}"?`;
  throw new SluiceError("model_not_found", `There is no model ${quote(model)}. ${hint}`, { parameter });
}

function quote(model: string): string {
  return JSON.stringify(model.length > quotedCharacters ? `${model.slice(0, quotedCharacters)}…` : model);
}
