import type { DialectName } from "@sluice/contracts/dialect-name";
import { writeAnthropicModel, writeAnthropicModelList } from "@sluice/dialects/anthropic/write-model-list";
import type { ListedModel } from "@sluice/dialects/dialect";
import { writeGeminiModel, writeGeminiModelList } from "@sluice/dialects/gemini/write-model-list";
import { writeOpenaiModel, writeOpenaiModelList } from "@sluice/dialects/openai/write-model-list";

interface ModelWriter {
  list(models: ListedModel[]): unknown;
  one(model: ListedModel): unknown;
}

/** Of the dialects, auth needs these functions only. */
const writers: Record<DialectName, ModelWriter> = {
  openai: { list: writeOpenaiModelList, one: writeOpenaiModel },
  anthropic: { list: writeAnthropicModelList, one: writeAnthropicModel },
  gemini: { list: writeGeminiModelList, one: writeGeminiModel },
};

/** The body of an answer that lists models, in a dialect. */
export function writeModels(dialect: DialectName, names: readonly string[]): Uint8Array {
  return encode(writers[dialect].list(names.map((name) => ({ name }))));
}

/** The body of an answer that describes one model, in a dialect. */
export function writeModel(dialect: DialectName, name: string): Uint8Array {
  return encode(writers[dialect].one({ name }));
}

function encode(body: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(body));
}
