import { ConfigurationError, type ConfigurationProblem } from "./configuration-problem.ts";
import type { KeyDeclaration } from "./declared-keys.ts";
import { readConfiguration } from "./read-configuration.ts";
import { readDocuments } from "./read-resources.ts";
import type { Resource } from "./resource.ts";
import type { BaseContent } from "./snapshot.ts";
import { YamlSource } from "./yaml-source.ts";

/** A file of configuration or resources. */
export interface SourceFile {
  text: string;
  /** What problems call it. */
  name: string;
  /** Where relative paths in it begin. */
  directory: string;
}

/** What some files are to change. */
export interface ReadChange {
  /** What a configuration file among them makes, the resources that it stands for, and the keys that it declares. */
  base?: BaseContent;
  baseResources?: Resource[];
  declaredKeys?: KeyDeclaration[];
  resources: Resource[];
}

/**
 * Reads files, each with resources or a whole configuration (`sluice.yaml`).
 * @throws ConfigurationError with every problem of all files at once
 */
export function readChange(files: readonly SourceFile[]): ReadChange {
  const problems: ConfigurationProblem[] = [];
  const read = files.map((file) => ({ file, documents: YamlSource.parseAll(file.text, file.name) }));
  const configurations = read.filter(({ documents }) => isConfiguration(documents)).map(({ file }) => file);
  const bases = configurations.flatMap((file) => {
    try {
      return [readConfiguration(file.text, file.name, file.directory)];
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  const [first, second] = configurations;
  if (first !== undefined && second !== undefined) {
    const text = `there can be one configuration, and ${first.name} is one already`;
    problems.push(YamlSource.parse(second.text, second.name).problemAt([], text));
  }
  const { resources, problems: unread } = readDocuments(
    read.flatMap(({ documents }) => (isConfiguration(documents) ? [] : documents)),
  );
  problems.push(...unread);
  if (problems.length > 0) throw new ConfigurationError(problems);
  const [base] = bases;
  return {
    ...(base === undefined
      ? {}
      : { base: base.content, baseResources: base.resources, declaredKeys: base.keys }),
    resources,
  };
}

/** A resource says of which kind it is; a configuration has none. */
function isConfiguration([only, another]: readonly YamlSource[]): boolean {
  if (only === undefined || another !== undefined) return false;
  const { value } = only;
  return typeof value === "object" && value !== null && !("apiVersion" in value) && !("kind" in value);
}
