import type { ListedModel } from "../dialect.ts";

export function writeOpenaiModel(model: ListedModel) {
  return {
    id: model.name,
    object: "model" as const,
    created: Math.floor((model.createdAtMs ?? 0) / 1000),
    owned_by: "sluice",
  };
}

/** The answer to `GET /v1/models`. */
export function writeOpenaiModelList(models: ListedModel[]) {
  return { object: "list" as const, data: models.map(writeOpenaiModel) };
}
