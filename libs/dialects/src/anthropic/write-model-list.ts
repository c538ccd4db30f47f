import type { ListedModel } from "../dialect.ts";

/** What Sluice does not know of a model is null, as the API allows. */
export function writeAnthropicModel(model: ListedModel) {
  return {
    type: "model" as const,
    id: model.name,
    display_name: model.name,
    created_at: new Date(model.createdAtMs ?? 0).toISOString(),
    capabilities: null,
    deprecated_at: null,
    lifecycle: "active" as const,
    line: null,
    max_input_tokens: null,
    max_tokens: null,
    retires_at: null,
  };
}

/** The answer to `GET /v1/models`, all on one page. */
export function writeAnthropicModelList(models: ListedModel[]) {
  return {
    data: models.map(writeAnthropicModel),
    first_id: models.at(0)?.name ?? null,
    has_more: false,
    last_id: models.at(-1)?.name ?? null,
  };
}
