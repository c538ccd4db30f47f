import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { compileSnapshot } from "./compile-snapshot.ts";
import { type Configuration, configurationSchema } from "./configuration.ts";
import { ConfigurationError, type ConfigurationProblem } from "./configuration-problem.ts";
import { referenceProblems } from "./reference-problems.ts";
import { schemaProblems } from "./schema-problems.ts";
import type { BaseContent } from "./snapshot.ts";
import { YamlSource } from "./yaml-source.ts";

/**
 * Reads and checks a configuration.
 * @param text YAML
 * @param file Name of the file for the problems.
 * @throws ConfigurationError with every problem at once, in the order of the file
 */
export function parseConfiguration(text: string, file: string): Configuration {
  const source = YamlSource.parse(text, file);
  // A file that can't be read as YAML has no values to check.
  if (source.syntaxProblems.length > 0) throw new ConfigurationError(source.syntaxProblems);
  if (source.value === null) throw new ConfigurationError([source.problemAt([], "the file is empty")]);

  const parsed = configurationSchema.safeParse(source.value);
  const problems = [
    ...schemaProblems(source, configurationSchema, parsed.error?.issues ?? []),
    ...referenceProblems(source),
  ];
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new ConfigurationError(problems.toSorted(byPlace));
}

/**
 * Reads, checks and compiles a configuration file. Relative paths of secret files begin at its folder.
 * @param name What problems call the file. @default its path as given
 * @throws ConfigurationError with every problem at once; the error of `readFile` when there is no such file
 */
export async function readConfigurationFile(file: string, name = file): Promise<BaseContent> {
  const configuration = parseConfiguration(await readFile(file, "utf8"), name);
  return compileSnapshot(configuration, dirname(resolve(file)));
}

function byPlace(a: ConfigurationProblem, b: ConfigurationProblem): number {
  return a.line - b.line || a.column - b.column;
}
