import { type AppliedConfiguration, readAppliedConfiguration } from "@sluice/resources/applied-configuration";
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
import type { PlainResource } from "@sluice/resources/resource";
import { Command } from "commander";
import { stringify } from "yaml";
import { CommandError } from "../command-error.ts";
import { runningInstances } from "../running-instances.ts";
import { type Column, formatTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { withOperator } from "../with-operator.ts";
import { kindOf } from "./kind-of.ts";
import { resourcesAsYaml } from "./resources-as-yaml.ts";

type Output = "table" | "yaml" | "json";

/** `sluice get`: the resources that the mesh works by, and the routes that they make. */
export function getCommand(terminal: Terminal): Command {
  return new Command("get")
    .description("show the resources that the mesh works by; `routes` for the routes that they make")
    .argument("[kind]", "kind of the resources, such as RouteTable, or routes (default: all)")
    .argument("[name]", "name of one, or namespace/name")
    .option("-o, --output <form>", "table, yaml or json (default: table)")
    .action(async (kind: string | undefined, name: string | undefined, options: { output?: string }) => {
      const output = outputOf(options.output);
      const applied = await withOperator(terminal, readAppliedConfiguration);
      if (kind !== undefined && /^routes?$/i.test(kind)) {
        tellRoutes(terminal, applied, name, output);
        return;
      }
      const chosen = chosenOf(applied, kind === undefined ? undefined : kindOf(kind), name);
      if (output === "yaml") terminal.out(resourcesAsYaml(chosen.map((plain) => ({ plain }))));
      else if (output === "json") terminal.out(`${JSON.stringify(chosen, null, 2)}\n`);
      else tellStates(terminal, chosen, applied, await runningInstances(terminal));
    });
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

function chosenOf(
  { applied }: AppliedConfiguration,
  kind: Kind | undefined,
  name: string | undefined,
): PlainResource[] {
  const chosen = applied.resources.filter(
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
  const rows = chosen.map((plain) => ({ plain, conditions: conditionsOf(plain, applied, instances) }));
  const columns: Column<(typeof rows)[number]>[] = [
    { title: "KIND", cell: ({ plain }) => plain.kind },
    { title: "NAMESPACE", cell: ({ plain }) => plain.metadata.namespace ?? defaultNamespace },
    { title: "NAME", cell: ({ plain }) => plain.metadata.name },
    { title: "READY", cell: ({ conditions }) => (isReady(conditions) ? "yes" : "no") },
    { title: "WHY NOT", cell: ({ conditions }) => whyNot(conditions) },
  ];
  terminal.out(
    formatTable(rows.some(({ conditions }) => !isReady(conditions)) ? columns : columns.slice(0, -1), rows),
  );
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
