import type { CompiledCaching, CompiledSemantic } from "./compiled-caching.ts";
import type { SemanticCachingSpec } from "./kinds/caching.ts";
import { NamePatternIndex } from "./name-pattern.ts";
import type { Resource } from "./resource.ts";
import type { ResourceSet } from "./resource-set.ts";
import { suggestion } from "./schema-problems.ts";
import type { Backend, ModelRoute } from "./snapshot.ts";
import type { Workflow } from "./workflow.ts";

export function compileSemantic({
  embeddingModel,
  threshold,
  matchNumbers,
  timeout,
}: SemanticCachingSpec): CompiledSemantic {
  return { embeddingModel, threshold, matchNumbers, timeoutMs: timeout };
}

/** What two policies allow together: nothing where one of them does not, or where they compare by different vectors. */
export function strictestSemantic(
  one: CompiledSemantic | undefined,
  other: CompiledSemantic | undefined,
): CompiledSemantic | undefined {
  if (one === undefined || one.embeddingModel !== other?.embeddingModel) return undefined;
  return {
    embeddingModel: one.embeddingModel,
    threshold: Math.max(one.threshold, other.threshold),
    matchNumbers: one.matchNumbers || other.matchNumbers,
    timeoutMs: Math.min(one.timeoutMs, other.timeoutMs),
  };
}

/** What can make vectors, and what is there besides. */
export interface EmbeddingModels {
  models: readonly ModelRoute[];
  backends: Readonly<Record<string, Backend>>;
  workflows: Readonly<Record<string, Workflow>>;
}

/** Something whose replies may be cached. */
interface Cached {
  caching?: CompiledCaching | undefined;
  unavailable?: string | undefined;
}

/** Says of each policy that names a model for vectors whether there is one; a workflow and Anthropic make none. */
export function checkEmbeddingModels(set: ResourceSet, known: EmbeddingModels): void {
  const index = new NamePatternIndex(known.models.map((model) => [model.name, model]));
  for (const policy of set.all("AIPolicy")) {
    const name = policy.spec.caching?.semantic?.embeddingModel;
    if (name !== undefined) checkModel(set, policy, name, index.find(name)?.value, known);
  }
}

function checkModel(
  set: ResourceSet,
  policy: Resource<"AIPolicy">,
  name: string,
  found: ModelRoute | undefined,
  { models, backends, workflows }: EmbeddingModels,
): void {
  if (Object.values(workflows).some(({ model }) => model === name)) {
    set.refuse(
      policy,
      name,
      `caching.semantic.embeddingModel: ${name} is a workflow, which makes no vectors`,
    );
  } else if (found === undefined) {
    const hint = suggestion(
      name,
      models.map((model) => model.name),
    );
    set.warn(policy, name, `caching.semantic.embeddingModel: ${lackOf(name)}${hint}`);
  } else if (backends[found.backend]?.provider === "anthropic") {
    const text = `caching.semantic.embeddingModel: ${name} is asked for of Anthropic, which makes no vectors`;
    set.refuse(policy, name, text);
  }
}

/** Closes what is cached by a model that is not there. */
export function closedWithoutEmbeddings<Each extends Cached>(
  each: readonly Each[],
  models: readonly ModelRoute[],
): Each[] {
  const index = new NamePatternIndex(models.map(({ name }) => [name, true]));
  return each.map((one) => {
    const name = one.caching?.semantic?.embeddingModel;
    if (name === undefined || index.find(name) !== undefined) return one;
    const unavailable = [...(one.unavailable === undefined ? [] : [one.unavailable]), lackOf(name)].join(
      "; ",
    );
    return { ...one, unavailable };
  });
}

function lackOf(name: string): string {
  return `there is no model ${name}`;
}
