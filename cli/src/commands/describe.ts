import { allResources, readAppliedConfiguration } from "@sluice/resources/applied-configuration";
import type { Condition } from "@sluice/resources/conditions";
import { isOfConfigurationFile } from "@sluice/resources/configuration-source";
import {
  describeOne,
  type LastChange,
  type NamedResource,
  type ResourceDescription,
} from "@sluice/resources/describe-resource";
import { shownYaml } from "@sluice/resources/shown-resource";
import { Command } from "commander";
import { CommandError } from "../command-error.ts";
import { runningInstances } from "../running-instances.ts";
import { type Column, formatTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { withOperator } from "../with-operator.ts";
import { kindOf } from "./kind-of.ts";
import { namedParts } from "./named-parts.ts";

interface DescribeOptions {
  namespace?: string;
  output?: string;
}

/** `sluice describe`: one resource with its conditions, what it refers to and what refers to it. */
export function describeCommand(terminal: Terminal): Command {
  return new Command("describe")
    .description("show a resource with its conditions, what it refers to, and what refers to it")
    .argument("<kind>", "its kind, such as RouteTable")
    .argument("<name>", "its name, or namespace/name")
    .option("-n, --namespace <namespace>", "its namespace (default: default)")
    .option("-o, --output <form>", "text, yaml or json (default: text)")
    .action(async (kind: string, name: string, options: DescribeOptions) => {
      const write = writerOf(options.output);
      const wanted = { kind: kindOf(kind), ...namedParts(name, options.namespace) };
      const [configuration, instances] = await Promise.all([
        withOperator(terminal, readAppliedConfiguration),
        runningInstances(terminal),
      ]);
      const plain = allResources(configuration).find(
        (candidate) =>
          candidate.kind === wanted.kind &&
          candidate.metadata.name === wanted.name &&
          (candidate.metadata.namespace ?? "default") === wanted.namespace,
      );
      if (plain === undefined) {
        throw new CommandError(
          `There is no ${wanted.kind} ${wanted.name} in the namespace ${wanted.namespace}.`,
        );
      }
      terminal.out(write(describeOne(plain, configuration, instances)));
    });
}

function writerOf(form = "text"): (description: ResourceDescription) => string {
  if (form === "text") return asText;
  if (form === "json") return (description) => `${JSON.stringify(description, null, 2)}\n`;
  if (form === "yaml") return shownYaml;
  throw new CommandError(`There is no output ${JSON.stringify(form)}: use text, yaml or json.`);
}

function asText(description: ResourceDescription): string {
  const { kind, metadata, spec, refersTo, referredToBy, routes, conditions, lastChange } = description;
  const labels = Object.entries(metadata.labels ?? {}).map(([name, value]) => `${name}=${value}`);
  const head: [string, string][] = [
    ["Kind", kind],
    ["Namespace", metadata.namespace],
    ["Name", metadata.name],
    ["Labels", labels.join(", ") || "-"],
    ...(isOfConfigurationFile({ labels: metadata.labels ?? {} })
      ? [["Source", "sluice.yaml, and it is changed only there"] satisfies [string, string]]
      : []),
    ["Last change", lastChange === undefined ? "before this release" : changeText(lastChange)],
  ];
  const sections: [string, string][] = [
    ["Spec", shownYaml(spec)],
    ["Refers to", resourceLines(refersTo)],
    ["Referred to by", resourceLines(referredToBy)],
    ["Routes", routes.map(({ name, state }) => `${name}: ${state}\n`).join("")],
    ["Conditions", formatTable(conditionColumns, conditions)],
  ];
  return [
    head.map(([title, value]) => `${`${title}:`.padEnd(13)} ${value}\n`).join(""),
    ...sections
      .filter(([, text]) => text !== "")
      .map(([title, text]) => `\n${title}:\n${text.replaceAll(/^(?=.)/gm, "  ")}`),
  ].join("");
}

function changeText({ revision, at, by, change, reason }: LastChange): string {
  const what = change === undefined ? "" : `, ${change}`;
  return `${at} by ${by}, revision ${revision}${what}${reason === undefined ? "" : ` (${reason})`}`;
}

function resourceLines(resources: readonly NamedResource[]): string {
  return resources.map(({ resource, found }) => `${resource}${found ? "" : " (not there)"}\n`).join("");
}

const conditionColumns: Column<Condition>[] = [
  { title: "TYPE", cell: ({ type }) => type },
  { title: "STATUS", cell: ({ status }) => status },
  { title: "REASON", cell: ({ reason }) => reason },
  { title: "REVISION", cell: ({ observedRevision }) => String(observedRevision), align: "right" },
  { title: "SINCE", cell: ({ lastTransitionTime }) => lastTransitionTime ?? "-" },
  { title: "MESSAGE", cell: ({ message }) => message },
];
