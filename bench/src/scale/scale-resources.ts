import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** How large a configuration is. */
export interface ScaleSize {
  routes: number;
  /** Virtual keys. */
  keys: number;
}

const routesOfTable = 100;

/** Path of the OpenAI API that a route serves, with `/v1`. */
export function routePath(route: number): string {
  return `/scale/${route}/v1`;
}

/**
 * Writes resources to a folder: routes to a model, a hundred in a table, each of them for all virtual keys.
 * @param model what the routes ask the provider for, whatever the client names
 */
export async function writeScaleResources(folder: string, routes: number, model: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const tables = Array.from({ length: Math.ceil(routes / routesOfTable) }, (_, table) =>
    routeTable(table, table * routesOfTable, Math.min(routes, (table + 1) * routesOfTable)),
  );
  await writeFile(join(folder, "gateway.yaml"), documents([backend(model)]));
  await writeFile(join(folder, "routes.yaml"), documents(tables));
}

/** The same backend with another model, as a small change of the whole. */
export async function writeChangedBackend(file: string, model: string): Promise<void> {
  await writeFile(file, documents([backend(model)]));
}

/** YAML takes JSON as it is. */
function documents(resources: readonly object[]): string {
  return resources.map((resource) => JSON.stringify(resource)).join("\n---\n");
}

function resource(kind: string, metadata: object, spec: object): object {
  return { apiVersion: "sluice.dev/v1", kind, metadata, spec };
}

function backend(model: string): object {
  return resource("AIBackend", { name: "scale" }, { provider: "openai", model });
}

function routeTable(table: number, from: number, to: number): object {
  const routes = Array.from({ length: to - from }, (_, index) => ({
    name: `route-${from + index}`,
    match: [{ path: { exact: `${routePath(from + index)}/chat/completions` }, methods: ["POST"] }],
    dialect: "openai",
    destination: { aiBackend: { name: "scale" } },
  }));
  return resource("RouteTable", { name: `scale-${table}` }, { routes });
}

/** Writes the owners of so many keys, as `sluice keys import` takes them. */
export async function writeKeyOwners(file: string, keys: number): Promise<void> {
  const lines = Array.from({ length: keys }, (_, key) => `key-${key},team-${key % 100}`);
  await writeFile(file, ["name,team", ...lines, ""].join("\n"));
}
