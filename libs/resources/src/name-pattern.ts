import { z } from "zod";

/** A model name, or the beginning of one followed by a single `*` at the end (`gpt-*`, `*`). */
export const namePatternSchema = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^*\s]*\*?$/, "a name without blanks, with at most one * and that at its end");
export type NamePattern = z.infer<typeof namePatternSchema>;

/** What a pattern found: its value, and what its `*` stood for (empty for an exact name). */
export interface PatternMatch<Value> {
  value: Value;
  rest: string;
}

/**
 * Finds the value of the pattern that fits a name best: the exact name first, then the longest beginning.
 * A look-up costs one map access per distinct length of a prefix, however many patterns there are.
 */
export class NamePatternIndex<Value> {
  readonly #exact = new Map<string, Value>();
  readonly #prefixes = new Map<string, Value>();
  readonly #lengths: number[];

  /** @param entries Pattern and value; of two equal patterns the first counts. */
  constructor(entries: Iterable<readonly [NamePattern, Value]>) {
    for (const [pattern, value] of entries) {
      const [map, name] = pattern.endsWith("*")
        ? [this.#prefixes, pattern.slice(0, -1)]
        : [this.#exact, pattern];
      if (!map.has(name)) map.set(name, value);
    }
    this.#lengths = [...new Set([...this.#prefixes.keys()].map((prefix) => prefix.length))].sort(
      (a, b) => b - a,
    );
  }

  /** The best match, or undefined when no pattern fits. */
  find(name: string): PatternMatch<Value> | undefined {
    const exact = this.#exact.get(name);
    if (exact !== undefined) return { value: exact, rest: "" };
    for (const length of this.#lengths) {
      if (length > name.length) continue;
      const value = this.#prefixes.get(name.slice(0, length));
      if (value !== undefined) return { value, rest: name.slice(length) };
    }
    return undefined;
  }
}

/**
 * Model that a provider is asked for.
 * @param pattern as the configuration has it; undefined for the name itself
 * @param rest what the `*` of the model's name stood for
 */
export function askedModel(pattern: string | undefined, name: string, rest: string): string {
  if (pattern === undefined) return name;
  return pattern.endsWith("*") ? pattern.slice(0, -1) + rest : pattern;
}
