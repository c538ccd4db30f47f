import {
  type AppliedConfiguration,
  allResources,
  readAppliedConfiguration,
} from "@sluice/resources/applied-configuration";
import {
  type Condition,
  conditionsOf,
  isReady,
  nameOfPlain,
  type RunningInstance,
} from "@sluice/resources/conditions";
import type { HttpRoute, RouteTarget } from "@sluice/resources/http-route";
import type { Kind } from "@sluice/resources/kinds/kinds";
import { defaultNamespace } from "@sluice/resources/kinds/metadata";
import { describeResource, isOfKind, type PlainResource } from "@sluice/resources/resource";
import type { ModelRoute } from "@sluice/resources/snapshot";
import { Command } from "commander";
import { stringify } from "yaml";
import { CommandError } from "../command-error.ts";
import { runningInstances } from "../running-instances.ts";
import { type Column, formatTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { withOperator } from "../with-operator.ts";
import { kindOf } from "./kind-of.ts";
import { resourcesAsYaml } from "./resources-as-yaml.ts";

/** What a configuration file is called wherever it was. */
const configurationFileName = "sluice.yaml";

type Output = "table" | "yaml" | "json";

/** `sluice get`: the resources that the mesh works by, and the routes that they make. */
export function getCommand(terminal: Terminal): Command {
  return new Command("get")
    .description(
      "show what the mesh works by: resources, those of sluice.yaml among them, `routes` and `models`",
    )
    .argument(
      "[kind]",
      "kind of the resources, such as RouteTable, or routes or models (default: all resources)",
    )
    .argument("[name]", "name of one, or namespace/name")
    .option("-o, --output <form>", "table, yaml or json (default: table)")
    .action(async (kind: string | undefined, name: string | undefined, options: { output?: string }) => {
      const output = outputOf(options.output);
      const shown = shownOf(kind);
      const applied = await withOperator(terminal, readAppliedConfiguration);
      if (shown === "routes") {
        tellRoutes(terminal, applied, name, output);
        return;
      }
      if (shown === "models") {
        tellModels(terminal, applied, name, output);
        return;
      }
      const chosen = chosenOf(applied, shown, name);
      if (output === "yaml") terminal.out(resourcesAsYaml(chosen.map((plain) => ({ plain }))));
      else if (output === "json") terminal.out(`${JSON.stringify(chosen, null, 2)}\n`);
      else tellStates(terminal, chosen, applied, await runningInstances(terminal));
    });
}

/** What is asked for, told before a mesh is. @throws CommandError for a kind that there is none of */
function shownOf(text: string | undefined): Kind | "routes" | "models" | undefined {
  if (text === undefined) return undefined;
  if (/^routes?$/i.test(text)) return "routes";
  return /^models?$/i.test(text) ? "models" : kindOf(text);
}

function outputOf(text = "table"): Output {
  if (text === "table" || text === "yaml" || text === "json") return text;
  throw new CommandError(`There is no output ${JSON.stringify(text)}: use table, yaml or json.`);
}

function tellRoutes(
  terminal: Terminal,
  { content }: AppliedConfiguration,
  name: string | undefined,
  output: Output,
): void {
  const routes = content.routes.filter((route) => name === undefined || route.name === name);
  if (name !== undefined && routes.length === 0) throw new CommandError(`There is no route ${name}.`);
  const columns: Column<HttpRoute>[] = [
    { title: "ROUTE", cell: (route) => route.name },
    { title: "HOSTS", cell: ({ hosts }) => hosts.join(",") },
    {
      title: "MATCH",
      cell: ({ matches }) =>
        matches
          .map(({ path, methods }) =>
            [...methods, `${path.value}${path.type === "prefix" ? "*" : ""}`].join(" "),
          )
          .join(", "),
    },
    { title: "TO", cell: ({ target }) => destinationOf(target) },
    {
      title: "STATE",
      cell: ({ unavailable }) => (unavailable === undefined ? "ready" : `closed (503): ${unavailable}`),
    },
  ];
  tell(terminal, output, routes, columns);
}

function tellModels(
  terminal: Terminal,
  { content, resources, applied }: AppliedConfiguration,
  name: string | undefined,
  output: Output,
): void {
  const ofFile = new Set(applied.base?.models.map((model) => model.name));
  const tableOf = (model: string) =>
    resources.find(
      (resource) =>
        isOfKind(resource, "RouteTable") && resource.spec.models.some((own) => own.name === model),
    );
  const models = content.models
    .filter((model) => name === undefined || model.name === name)
    .map((model) => {
      const table = tableOf(model.name);
      const source = table === undefined ? "-" : describeResource(table);
      return { ...model, source: ofFile.has(model.name) ? configurationFileName : source };
    });
  if (name !== undefined && models.length === 0) throw new CommandError(`There is no model ${name}.`);
  const columns: Column<(typeof models)[number]>[] = [
    { title: "MODEL", cell: (model) => model.name },
    { title: "BACKEND", cell: (model) => listed(targetsOf(model).map(({ backend }) => backend)) },
    {
      title: "ASKS FOR",
      cell: (model) => listed(targetsOf(model).map(({ providerModel }) => providerModel ?? "the same")),
    },
    { title: "POLICIES", cell: ({ guardPolicies }) => guardPolicies.join(", ") || "-" },
    {
      title: "STATE",
      cell: ({ unavailable }) => (unavailable === undefined ? "ready" : `closed (503): ${unavailable}`),
    },
    { title: "SOURCE", cell: ({ source }) => source },
  ];
  tell(terminal, output, models, columns);
}

/** All that can answer for a model. */
function targetsOf({ pool, ...only }: ModelRoute): readonly Pick<ModelRoute, "backend" | "providerModel">[] {
  return pool?.targets ?? [only];
}

function listed(names: readonly string[]): string {
  return [...new Set(names)].join(", ");
}

function chosenOf(
  configuration: AppliedConfiguration,
  kind: Kind | undefined,
  name: string | undefined,
): PlainResource[] {
  const chosen = allResources(configuration).filter(
    (plain) =>
      (kind === undefined || plain.kind === kind) &&
      (name === undefined ||
        nameOfPlain(plain) === `${plain.kind} ${name}` ||
        plain.metadata.name === name ||
        `${plain.metadata.namespace ?? defaultNamespace}/${plain.metadata.name}` === name),
  );
  if (name !== undefined && chosen.length === 0)
    throw new CommandError(`There is no ${kind ?? "resource"} ${name}.`);
  return chosen;
}

function tellStates(
  terminal: Terminal,
  chosen: readonly PlainResource[],
  applied: AppliedConfiguration,
  instances: readonly RunningInstance[],
): void {
  const ofFile = new Set(applied.fileResources);
  const isOfFile = (plain: PlainResource) => ofFile.has(plain);
  const rows = chosen.map((plain) => ({ plain, conditions: conditionsOf(plain, applied, instances) }));
  type Row = (typeof rows)[number];
  const columns: Column<Row>[] = [
    { title: "KIND", cell: ({ plain }) => plain.kind },
    { title: "NAMESPACE", cell: ({ plain }) => plain.metadata.namespace ?? defaultNamespace },
    { title: "NAME", cell: ({ plain }) => plain.metadata.name },
    { title: "READY", cell: ({ conditions }) => (isReady(conditions) ? "yes" : "no") },
    ...(rows.some(({ plain }) => isOfFile(plain))
      ? [{ title: "SOURCE", cell: ({ plain }: Row) => (isOfFile(plain) ? configurationFileName : "-") }]
      : []),
    ...(rows.some(({ conditions }) => !isReady(conditions))
      ? [{ title: "WHY NOT", cell: ({ conditions }: Row) => whyNot(conditions) }]
      : []),
  ];
  terminal.out(formatTable(columns, rows));
}

/** The first condition that does not hold: those after it follow from it more often than not. */
function whyNot(conditions: readonly Condition[]): string {
  const first = conditions.find(({ status }) => status === "False");
  return first === undefined ? "" : `${first.reason}: ${first.message}`;
}

function tell<Row>(
  terminal: Terminal,
  output: Output,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): void {
  if (output === "json") terminal.out(`${JSON.stringify(rows, null, 2)}\n`);
  else if (output === "yaml") terminal.out(stringify(rows));
  else terminal.out(formatTable(columns, rows));
}

function destinationOf(target: RouteTarget): string {
  switch (target.type) {
    case "model":
      return target.backend;
    case "http":
      return target.upstream;
    case "named_model":
      return `model ${target.model}`;
    case "workflow":
      return `workflow ${target.workflow}`;
  }
}
