import { type NamePattern, NamePatternIndex } from "@sluice/resources/name-pattern";

/** Which models somebody may use. */
export interface Reach {
  /** Patterns of the models; undefined for all. */
  readonly allowedModels: readonly string[] | undefined;
  mayUse(model: string): boolean;
}

/** @param patterns undefined for all models */
export function reachOfPatterns(patterns: readonly NamePattern[] | undefined): Reach {
  const index = patterns && new NamePatternIndex(patterns.map((pattern) => [pattern, true]));
  return {
    allowedModels: patterns,
    mayUse: (model) => index === undefined || index.find(model) !== undefined,
  };
}

/** What may be used where both a key and its consumer say so. */
export function withinBoth(key: Reach | undefined, consumer: Reach | undefined): Reach | undefined {
  if (key?.allowedModels === undefined) return consumer ?? key;
  if (consumer === undefined) return key;
  return {
    allowedModels: key.allowedModels,
    mayUse: (model) => key.mayUse(model) && consumer.mayUse(model),
  };
}
