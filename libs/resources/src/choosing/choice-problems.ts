import { isObject } from "@sluice/dialects/is-object";
import type { ConfigurationPath, ConfigurationProblem } from "../configuration-problem.ts";
import { suggestion } from "../schema-problems.ts";
import type { YamlSource } from "../yaml-source.ts";

type Values = Record<string, unknown>;

/**
 * What the choices of a configuration's virtual models say of other models and can't be true: models that there are
 * not, and models that lead to themselves. Takes values that the schema has not passed; parts of a wrong shape are
 * left out.
 */
export function choiceProblems(
  source: YamlSource,
  models: readonly Values[],
  virtualModels: readonly Values[],
): ConfigurationProblem[] {
  const served = namesOf(models);
  const names = [...served, ...namesOf(virtualModels)];
  const choosing = new Map(
    virtualModels.flatMap(({ name, choose }): [string, string[]][] =>
      typeof name === "string" && Array.isArray(choose) ? [[name, choose.flatMap(modelIn)]] : [],
    ),
  );
  const isThere = (model: string): boolean =>
    names.includes(model) || served.some((name) => name.endsWith("*") && model.startsWith(name.slice(0, -1)));
  const told = new Set<string>();
  return virtualModels.flatMap(({ name, choose, intents }, index) => {
    const problems: ConfigurationProblem[] = [];
    const missing = (path: ConfigurationPath, model: string): void => {
      const message = `there is no model ${JSON.stringify(model)}${suggestion(model, names)}`;
      problems.push(source.problemAt(path, message));
    };
    for (const [position, choice] of listOf(choose).entries()) {
      const [model] = modelIn(choice);
      if (model === undefined) continue;
      const path = ["virtualModels", index, "choose", position, "model"];
      if (!isThere(model)) missing(path, model);
      const circle = typeof name === "string" ? circleBy(name, model, choosing) : undefined;
      if (circle === undefined || told.has(keyOf(circle))) continue;
      told.add(keyOf(circle));
      problems.push(source.problemAt(path, `chooses itself in the end: ${circle.join(", then ")}`));
    }
    const [asked] = modelIn(intents);
    if (asked === undefined) return problems;
    const path = ["virtualModels", index, "intents", "model"];
    if (!isThere(asked)) missing(path, asked);
    if (choosing.has(asked)) {
      problems.push(source.problemAt(path, `${asked} chooses a model itself; name one that answers`));
    }
    return problems;
  });
}

/** The way from a model by one that it chooses back to it, both ends included; undefined where there is none. */
function circleBy(
  name: string,
  next: string,
  choosing: ReadonlyMap<string, readonly string[]>,
): string[] | undefined {
  const seen = new Set<string>();
  const search = (at: string): string[] | undefined => {
    if (at === name) return [at];
    if (seen.has(at)) return undefined;
    seen.add(at);
    for (const further of choosing.get(at) ?? []) {
      const way = search(further);
      if (way !== undefined) return [at, ...way];
    }
    return undefined;
  };
  const way = search(next);
  return way && [name, ...way];
}

/** The same for each of the models of a circle, so that it is told once. */
function keyOf(circle: readonly string[]): string {
  return [...new Set(circle)].toSorted().join(" ");
}

function namesOf(models: readonly Values[]): string[] {
  return models.flatMap(({ name }) => (typeof name === "string" ? [name] : []));
}

function modelIn(value: unknown): string[] {
  return isObject(value) && typeof value.model === "string" ? [value.model] : [];
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
