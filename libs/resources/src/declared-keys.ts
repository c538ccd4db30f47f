import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { compileLimits } from "./compile-limit.ts";
import type { Configuration } from "./configuration.ts";
import { ConfigurationError, type ConfigurationProblem } from "./configuration-problem.ts";
import {
  type DeclaredVirtualKey,
  hashVirtualKeySecret,
  virtualKeyPrefix,
  virtualKeySecretPattern,
} from "./virtual-key.ts";
import type { YamlSource } from "./yaml-source.ts";

/** A key that a configuration file declares; its value stands elsewhere. */
export interface KeyDeclaration {
  facts: Omit<DeclaredVirtualKey, "hash">;
  value: { env?: string | undefined; file?: string | undefined };
  /** What is wrong with its value, at its place in the file. */
  problem(message: string): ConfigurationProblem;
}

export function keyDeclarations(
  { keys }: Configuration,
  source: YamlSource,
  directory: string,
): KeyDeclaration[] {
  return keys.map(({ value, models, limits, ...facts }, index) => ({
    facts: {
      ...facts,
      ...(models === undefined ? {} : { allowedModels: models }),
      ...(limits.length === 0 ? {} : { limits: compileLimits(`key ${facts.name}`, limits) }),
    },
    value: value.file === undefined ? value : { file: resolve(directory, value.file) },
    problem: (message) => source.problemAt(["keys", index, "value"], message),
  }));
}

/**
 * Reads the values of declared keys, of which hashes are kept only.
 * @param environment of whoever applies the file
 * @throws ConfigurationError with every value that is not there, has not the form of a key, or is another key's
 */
export async function readDeclaredKeys(
  declarations: readonly KeyDeclaration[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<DeclaredVirtualKey[]> {
  const problems: ConfigurationProblem[] = [];
  const keys: DeclaredVirtualKey[] = [];
  for (const { facts, value, problem } of declarations) {
    const secret = await readValue(value, environment);
    const hash = secret === undefined ? undefined : hashVirtualKeySecret(secret);
    const same = keys.find((key) => key.hash === hash);
    if (secret === undefined || hash === undefined) {
      const what = value.env === undefined ? "the file can't be read" : `${value.env} is not set`;
      problems.push(problem(`${what} where this file is applied`));
    } else if (!virtualKeySecretPattern.test(secret)) {
      problems.push(
        problem(`the value is no virtual key: ${virtualKeyPrefix} and 43 letters, digits, - or _`),
      );
    } else if (same !== undefined) {
      problems.push(problem(`the value is that of the key ${same.name}`));
    } else keys.push({ ...facts, hash });
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return keys;
}

async function readValue(
  { env, file }: KeyDeclaration["value"],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const text =
    env === undefined ? await readFile(file ?? "", "utf8").catch(() => undefined) : environment[env];
  const value = text?.trim();
  return value === "" ? undefined : value;
}
