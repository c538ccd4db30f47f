import { applySplices, findTopLevelFields } from "./top-level-fields.ts";

const modelOnly = new Set(["model"]);

/**
 * Names the provider's model in a body that is otherwise passed on as it is. A model that stands twice is
 * changed twice, since parsers differ in which they take.
 * @throws SluiceError `invalid_json`.
 */
export function renameModel(body: string, providerModel: string): string {
  const text = JSON.stringify(providerModel);
  const splices = findTopLevelFields(body, modelOnly).fields.flatMap(({ valueOffset, valueLength }) => {
    const isSame = JSON.parse(body.slice(valueOffset, valueOffset + valueLength)) === providerModel;
    return isSame ? [] : [{ offset: valueOffset, length: valueLength, text }];
  });
  return applySplices(body, splices);
}
