import { ConfigurationError, type ConfigurationProblem } from "./configuration-problem.ts";
import type { LimitSpec } from "./kinds/limit.ts";
import { limitListSchema } from "./kinds/limit-list.ts";
import { schemaProblems } from "./schema-problems.ts";
import { YamlSource } from "./yaml-source.ts";

const schema = limitListSchema("key");

/**
 * Reads limits of a key as a command line has them: each an entry of `limits` in sluice.yaml without its braces, such as
 * `requests: 100, interval: 1m`.
 * @throws ConfigurationError whose problems have the number of the text, from 0, as the first step of their path
 */
export function readLimits(texts: readonly string[]): LimitSpec[] {
  const sources = texts.map((text) => YamlSource.parse(`{ ${text} }`, "limit"));
  const unreadable = sources.flatMap(({ syntaxProblems }, index) =>
    syntaxProblems.map((problem): ConfigurationProblem => ({ ...problem, path: [index] })),
  );
  if (unreadable.length > 0) throw new ConfigurationError(unreadable);
  const list = YamlSource.parse(JSON.stringify(sources.map(({ value }) => value)), "limits");
  const parsed = schema.safeParse(list.value);
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(schemaProblems(list, schema, parsed.error.issues));
}
