import { choiceProblems } from "./choosing/choice-problems.ts";
import type { ConfigurationPath, ConfigurationProblem } from "./configuration-problem.ts";
import { suggestion } from "./schema-problems.ts";
import type { YamlSource } from "./yaml-source.ts";

/**
 * What the parts of a configuration say about each other and can't be true: references to nothing, names
 * given twice, and what would silently do nothing. Takes values that the schema has not passed, so that
 * these problems are told together with the schema's; parts of a wrong shape are left out here.
 * @param value what the source says, its short forms written out
 */
export function referenceProblems(source: YamlSource, value: unknown): ConfigurationProblem[] {
  const root = asRecord(value);
  const models = asList(root.models).map(asRecord);
  const virtualModels = asList(root.virtualModels).map(asRecord);
  return [
    ...danglingReferences(source, root, models),
    ...idlePolicies(source, root, models),
    ...repeatedModels(source, models, virtualModels),
    ...repeatedKeys(source, asList(root.keys).map(asRecord)),
    ...virtualModels.flatMap((model, index) => virtualModelProblems(source, model, index, models)),
    ...choiceProblems(source, models, virtualModels),
    ...models.flatMap((model, index) => modelProblems(source, model, index)),
  ];
}

function danglingReferences(source: YamlSource, root: Values, models: Values[]): ConfigurationProblem[] {
  const backends = Object.keys(asRecord(root.backends));
  const policies = Object.keys(asRecord(root.guardPolicies));
  const references: [path: ConfigurationPath, name: unknown, kind: string, known: string[]][] = [
    ...models.map((model, index) =>
      reference(["models", index, "backend"], model.backend, "backend", backends),
    ),
    ...asList(root.prices).map((price, index) =>
      reference(["prices", index, "backend"], asRecord(price).backend, "backend", backends),
    ),
    ...policyReferences(root, models).map(({ path, name }) =>
      reference(path, name, "guard policy", policies),
    ),
  ];
  return references.flatMap(([path, name, kind, known]) => {
    if (typeof name !== "string" || known.includes(name)) return [];
    return [source.problemAt(path, `there is no ${kind} ${JSON.stringify(name)}${suggestion(name, known)}`)];
  });
}

function reference(
  path: ConfigurationPath,
  name: unknown,
  kind: string,
  known: string[],
): [ConfigurationPath, unknown, string, string[]] {
  return [path, name, kind, known];
}

function policyReferences(root: Values, models: Values[]): { path: ConfigurationPath; name: unknown }[] {
  const lists: [ConfigurationPath, unknown][] = [
    [["defaults", "guardPolicies"], asRecord(root.defaults).guardPolicies],
    ...models.map((model, index): [ConfigurationPath, unknown] => [
      ["models", index, "guardPolicies"],
      model.guardPolicies,
    ]),
    ...asList(root.virtualModels).map((model, index): [ConfigurationPath, unknown] => [
      ["virtualModels", index, "guardPolicies"],
      asRecord(model).guardPolicies,
    ]),
  ];
  return lists.flatMap(([path, list]) =>
    asList(list).map((name, index) => ({ path: [...path, index], name })),
  );
}

function idlePolicies(source: YamlSource, root: Values, models: Values[]): ConfigurationProblem[] {
  const used = new Set(policyReferences(root, models).map(({ name }) => name));
  return Object.keys(asRecord(root.guardPolicies))
    .filter((name) => !used.has(name))
    .map((name) =>
      source.problemAtKey(
        ["guardPolicies", name],
        "the policy does nothing, because no model names it: name it in defaults.guardPolicies or in a model",
      ),
    );
}

function repeatedModels(
  source: YamlSource,
  models: Values[],
  virtualModels: Values[],
): ConfigurationProblem[] {
  const first = new Map<unknown, string>();
  const named = [
    ...models.map(({ name }, index) => ({ name, list: "models", index })),
    ...virtualModels.map(({ name }, index) => ({ name, list: "virtualModels", index })),
  ];
  return named.flatMap(({ name, list, index }) => {
    if (typeof name !== "string") return [];
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, `${list}[${index}]`);
    if (earlier === undefined) return [];
    return [source.problemAt([list, index, "name"], `${earlier} has the same name`)];
  });
}

function repeatedKeys(source: YamlSource, keys: Values[]): ConfigurationProblem[] {
  return keys.flatMap(({ name }, index) => {
    const earlier = keys.findIndex((key) => key.name === name);
    if (typeof name !== "string" || earlier === index) return [];
    return [source.problemAt(["keys", index, "name"], `keys[${earlier}] has the same name`)];
  });
}

function virtualModelProblems(
  source: YamlSource,
  { model, targets }: Values,
  index: number,
  models: Values[],
): ConfigurationProblem[] {
  const names = models.flatMap(({ name }) => (typeof name === "string" ? [name] : []));
  const listed = asList(targets).map(asRecord);
  return [
    ...unservedModel(source, ["virtualModels", index, "model"], model, names),
    ...listed.flatMap((target, position) => {
      const path: ConfigurationPath = ["virtualModels", index, "targets", position];
      const earlier = listed.findIndex((other) => other.model === target.model);
      if (typeof target.model === "string" && earlier !== position)
        return [source.problemAt(path, `targets[${earlier}] is the same model`)];
      return unservedModel(source, path, target.model, names);
    }),
  ];
}

/** @param path of the model's name, or of what it stands in */
function unservedModel(
  source: YamlSource,
  path: ConfigurationPath,
  model: unknown,
  names: string[],
): ConfigurationProblem[] {
  if (typeof model !== "string") return [];
  const isServed = names.some((name) =>
    name.endsWith("*") ? model.startsWith(name.slice(0, -1)) : model === name,
  );
  if (isServed) return [];
  return [source.problemAt(path, `there is no model ${JSON.stringify(model)}${suggestion(model, names)}`)];
}

function modelProblems(source: YamlSource, model: Values, index: number): ConfigurationProblem[] {
  const { name, providerModel, listed } = model;
  if (typeof name !== "string") return [];
  const problems: ConfigurationProblem[] = [];
  if (name.endsWith("*")) {
    for (const [position, example] of asList(listed).entries()) {
      if (typeof example !== "string" || example.startsWith(name.slice(0, -1))) continue;
      problems.push(
        source.problemAt(
          ["models", index, "listed", position],
          `does not begin as the model's name, ${name}`,
        ),
      );
    }
    return problems;
  }
  if (listed !== undefined) {
    const message = "only a name with * has a list; a plain name is listed as it is";
    problems.push(source.problemAtKey(["models", index, "listed"], message));
  }
  if (typeof providerModel === "string" && providerModel.endsWith("*")) {
    const message = "a * stands for nothing here, because the model's name has none";
    problems.push(source.problemAt(["models", index, "providerModel"], message));
  }
  return problems;
}

type Values = Record<string, unknown>;

function asRecord(value: unknown): Values {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Values) : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
