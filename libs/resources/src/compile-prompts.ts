import { templateVariables } from "@sluice/templates/template-variables";
import type { RouteSpec } from "./kinds/route-table.ts";
import {
  defaultPromptLabel,
  type PromptTemplate,
  type PromptVersion,
  type RoutePrompt,
} from "./prompt-template.ts";
import { qualifiedName, type Resource } from "./resource.ts";
import type { ResourceSet } from "./resource-set.ts";
import { suggestion } from "./schema-problems.ts";

const usualSessionHeader = "x-session-id";

export function compilePromptTemplates(set: ResourceSet): Record<string, PromptTemplate> {
  const templates = set.all("PromptTemplate").map((resource): [string, PromptTemplate] => {
    warnOfIdleVariables(set, resource);
    const { variables, versions, labels, sticky, sessionHeader } = resource.spec;
    return [
      qualifiedName(resource.metadata),
      {
        variables: Object.fromEntries(
          Object.entries(variables).map(([name, { required, default: byDefault }]) => [
            name,
            byDefault === undefined
              ? { required: required ?? true }
              : { required: false, default: byDefault },
          ]),
        ),
        versions: Object.fromEntries(
          versions.map(({ version, messages, model, parameters }): [string, PromptVersion] => [
            version,
            { messages, ...(model === undefined ? {} : { model }), parameters },
          ]),
        ),
        labels,
        sticky,
        sessionHeader: sessionHeader ?? usualSessionHeader,
      },
    ];
  });
  return Object.fromEntries(templates);
}

/** Clients may go on sending what an earlier version used; but it may also be misspelt. */
function warnOfIdleVariables(set: ResourceSet, resource: Resource<"PromptTemplate">): void {
  const { variables, versions } = resource.spec;
  const used = new Set(
    versions.flatMap(({ messages }) => messages.flatMap(({ content }) => templateVariables(content))),
  );
  for (const name of Object.keys(variables)) {
    if (!used.has(name)) set.warn(resource, name, `no version uses the variable ${name}`);
  }
}

/**
 * The prompt template that a route names.
 * @returns a sentence where it, its label or its version is not there, which is a warning too
 */
export function compileRoutePrompt(
  set: ResourceSet,
  table: Resource<"RouteTable">,
  { template: reference, label, version }: NonNullable<RouteSpec["prompt"]>,
  where: string,
): RoutePrompt | string {
  const resource = set.resolve(table, "PromptTemplate", reference, where);
  if (typeof resource === "string") return resource;
  const template = qualifiedName(resource.metadata);
  const { versions, labels } = resource.spec;
  const missing = (kind: string, name: string, known: readonly string[]): string => {
    const text = `the PromptTemplate ${template} has no ${kind} ${name}`;
    set.warn(table, name, `${where}: ${text}${suggestion(name, known)}`);
    return text;
  };
  if (version !== undefined) {
    const names = versions.map((candidate) => candidate.version);
    return names.includes(version) ? { template, version } : missing("version", version, names);
  }
  const chosen = label ?? defaultPromptLabel;
  return Object.hasOwn(labels, chosen)
    ? { template, label: chosen }
    : missing("label", chosen, Object.keys(labels));
}

/** Models of versions that a route's backend overrules. */
export function warnOfOverruledModels(
  set: ResourceSet,
  table: Resource<"RouteTable">,
  prompt: RoutePrompt,
  where: string,
): void {
  const resource = set
    .all("PromptTemplate")
    .find(({ metadata }) => qualifiedName(metadata) === prompt.template);
  if (resource?.spec.versions.some(({ model }) => model !== undefined) !== true) return;
  const text = `${where}: the AIBackend asks for its own model, whatever the versions of ${prompt.template} say`;
  set.warn(table, resource.metadata.name, text);
}
