import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { compileSnapshot } from "./compile-snapshot.ts";
import { type Configuration, configurationSchema } from "./configuration.ts";
import { ConfigurationError, type ConfigurationProblem } from "./configuration-problem.ts";
import { configurationResources } from "./configuration-resources.ts";
import { type KeyDeclaration, keyDeclarations } from "./declared-keys.ts";
import { referenceProblems } from "./reference-problems.ts";
import type { Resource } from "./resource.ts";
import { schemaProblems } from "./schema-problems.ts";
import { writeOutShortForms } from "./short-forms.ts";
import type { BaseContent } from "./snapshot.ts";
import { YamlSource } from "./yaml-source.ts";

/** A configuration that was read and checked. */
export interface ReadConfiguration {
  /** What the services work by. */
  content: BaseContent;
  /** The resources that it stands for. */
  resources: Resource[];
  keys: KeyDeclaration[];
}

/**
 * Reads and checks a configuration.
 * @param text YAML
 * @param file Name of the file for the problems.
 * @throws ConfigurationError with every problem at once, in the order of the file
 */
export function parseConfiguration(text: string, file: string): Configuration {
  return parseSource(YamlSource.parse(text, file));
}

/**
 * Reads, checks and compiles a configuration.
 * @param directory Where relative paths in it begin.
 * @throws ConfigurationError with every problem at once, in the order of the file
 */
export function readConfiguration(text: string, file: string, directory: string): ReadConfiguration {
  const source = YamlSource.parse(text, file);
  const configuration = parseSource(source);
  return {
    content: compileSnapshot(configuration, directory, file),
    resources: configurationResources(configuration, directory, file),
    keys: keyDeclarations(configuration, source, directory),
  };
}

/**
 * Reads, checks and compiles a configuration file. Relative paths of secret files begin at its folder.
 * @param name What problems call the file. @default its path as given
 * @throws ConfigurationError with every problem at once; the error of `readFile` when there is no such file
 */
export async function readConfigurationFile(file: string, name = file): Promise<ReadConfiguration> {
  return readConfiguration(await readFile(file, "utf8"), name, dirname(resolve(file)));
}

function parseSource(source: YamlSource): Configuration {
  // A file that can't be read as YAML has no values to check.
  if (source.syntaxProblems.length > 0) throw new ConfigurationError(source.syntaxProblems);
  if (source.value === null) throw new ConfigurationError([source.problemAt([], "the file is empty")]);

  const value = writeOutShortForms(source.value);
  const parsed = configurationSchema.safeParse(value);
  const problems = [
    ...schemaProblems(source, configurationSchema, parsed.error?.issues ?? []),
    ...referenceProblems(source, value),
  ];
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new ConfigurationError(problems.toSorted(byPlace));
}

function byPlace(a: ConfigurationProblem, b: ConfigurationProblem): number {
  return a.line - b.line || a.column - b.column;
}
