import { applySplices, findTopLevelFields } from "./top-level-fields.ts";

const modelOnly = new Set(["model"]);

/**
 * Names the provider's model in a body that is otherwise passed on as it is. A model that stands twice is
 * changed twice, since parsers differ in which they take; where there is none, it is added.
 * @throws SluiceError `invalid_json`.
 */
export function renameModel(body: string, providerModel: string): string {
  const text = JSON.stringify(providerModel);
  const { fields, closingBrace, empty } = findTopLevelFields(body, modelOnly);
  if (fields.length === 0) {
    return applySplices(body, [
      { offset: closingBrace, length: 0, text: `${empty ? "" : ","}"model":${text}` },
    ]);
  }
  const splices = fields.flatMap(({ valueOffset, valueLength }) => {
    const isSame = JSON.parse(body.slice(valueOffset, valueOffset + valueLength)) === providerModel;
    return isSame ? [] : [{ offset: valueOffset, length: valueLength, text }];
  });
  return applySplices(body, splices);
}
