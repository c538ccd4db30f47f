/** Keys and indexes from the top of a file to a value in it. */
export type ConfigurationPath = readonly (string | number)[];

/** Something wrong in a configuration file. It never repeats a value that may be a secret. */
export interface ConfigurationProblem {
  file: string;
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
  path: ConfigurationPath;
  /** One sentence without a full stop. */
  message: string;
}

/** All problems of a configuration file; `message` has a line for each. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[]) {
    super(problems.map(formatProblem).join("\n"));
    this.problems = problems;
  }
}

/** `file:line:column: path: message`, as editors and terminals can jump to. */
export function formatProblem({ file, line, column, path, message }: ConfigurationProblem): string {
  return `${file}:${line}:${column}: ${problemInResource({ path, message })}`;
}

/** `path: message`, where it is known which file, or resource, is meant. */
export function problemInResource({ path, message }: Pick<ConfigurationProblem, "path" | "message">): string {
  return path.length === 0 ? message : `${formatPath(path)}: ${message}`;
}

/** `models[0].backend`; a key that is not a plain word stands in quotes. */
export function formatPath(path: ConfigurationPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}
