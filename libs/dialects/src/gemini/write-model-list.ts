import type { ListedModel } from "../dialect.ts";

export function writeGeminiModel(model: ListedModel) {
  return {
    name: `models/${model.name}`,
    displayName: model.name,
    supportedGenerationMethods: ["generateContent", "streamGenerateContent"],
  };
}

/** The answer to `GET /v1beta/models`, all on one page. */
export function writeGeminiModelList(models: ListedModel[]) {
  return { models: models.map(writeGeminiModel) };
}
