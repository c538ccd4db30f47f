import { type AppliedConfiguration, readAppliedConfiguration } from "@sluice/resources/applied-configuration";
import type { HttpRoute, RouteTarget } from "@sluice/resources/http-route";
import type { Kind } from "@sluice/resources/kinds/kinds";
import { qualifiedName, type Resource } from "@sluice/resources/resource";
import { Command } from "commander";
import { stringify } from "yaml";
import { CommandError } from "../command-error.ts";
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
      if (kind !== undefined && /^routes?$/i.test(kind)) tellRoutes(terminal, applied, name, output);
      else tellResources(terminal, applied, kind === undefined ? undefined : kindOf(kind), name, output);
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

function tellResources(
  terminal: Terminal,
  { resources, warnings }: AppliedConfiguration,
  kind: Kind | undefined,
  name: string | undefined,
  output: Output,
): void {
  const chosen = resources.filter(
    (resource) =>
      (kind === undefined || resource.kind === kind) &&
      (name === undefined || qualifiedName(resource.metadata) === name || resource.metadata.name === name),
  );
  if (name !== undefined && chosen.length === 0)
    throw new CommandError(`There is no ${kind ?? "resource"} ${name}.`);
  if (output === "yaml") {
    terminal.out(resourcesAsYaml(chosen));
    return;
  }
  if (output === "json") {
    terminal.out(
      `${JSON.stringify(
        chosen.map(({ plain }) => plain),
        null,
        2,
      )}\n`,
    );
    return;
  }
  const columns: Column<Resource>[] = [
    { title: "KIND", cell: (resource) => resource.kind },
    { title: "NAMESPACE", cell: ({ metadata }) => metadata.namespace },
    { title: "NAME", cell: ({ metadata }) => metadata.name },
    {
      title: "RESOLVED",
      cell: (resource) => warnings.find(({ file }) => file === describeApplied(resource))?.message ?? "yes",
    },
  ];
  terminal.out(formatTable(columns, chosen));
}

/** As problems of resources that were applied before name their place. */
function describeApplied({ kind, metadata }: Resource): string {
  return `${kind} ${metadata.namespace}/${metadata.name} (applied before)`;
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
    case "workflow":
      return `workflow ${target.workflow}`;
  }
}
