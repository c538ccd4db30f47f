import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What a route comes under; the first is what the others are compared with. */
export interface LimitCase {
  /** As the report calls it. */
  name: string;
  /** Of the path of its route. */
  path: string;
  limits: readonly object[];
  isCached: boolean;
  /** Whether the same request is sent each time, so that its reply is there already. */
  isSame: boolean;
}

/** Never reached by what the bench sends, and counted all the same. */
const requestLimit = { name: "rate", requests: 1_000_000_000, interval: "1m", per: ["key"] };
const budgets = [
  { name: "team", usd: "9000000", calendar: "month", per: ["team"] },
  { name: "user", usd: "900000", calendar: "month", per: ["team", "user"] },
];
const plain = { limits: [], isCached: false, isSame: false };

export const limitCases: readonly LimitCase[] = [
  { ...plain, name: "nothing", path: "nothing" },
  { ...plain, name: "request limit", path: "requests", limits: [requestLimit] },
  { ...plain, name: "budgets of team and user", path: "budgets", limits: budgets },
  { ...plain, name: "limit and budgets", path: "both", limits: [requestLimit, ...budgets] },
  { ...plain, name: "cache, miss", path: "miss", isCached: true },
  { ...plain, name: "cache, hit", path: "hit", isCached: true, isSame: true },
];

/** Path of the OpenAI API that a case's route serves, with `/v1`. */
export function casePath({ path }: LimitCase): string {
  return `/limits/${path}/v1`;
}

/**
 * Writes resources to a folder: a route to a model for each case, with the policy that makes it one.
 * @param model what the routes ask the provider for
 */
export async function writeLimitResources(folder: string, model: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const policies = limitCases.flatMap(({ path, limits, isCached }) =>
    limits.length === 0 && !isCached
      ? []
      : [resource("AIPolicy", path, { limits, ...(isCached ? { caching: { ttl: "1h" } } : {}) })],
  );
  const routes = limitCases.map((each) => ({
    name: each.path,
    match: [{ path: { exact: `${casePath(each)}/chat/completions` }, methods: ["POST"] }],
    dialect: "openai",
    destination: { aiBackend: { name: "limits" } },
    ...(each.limits.length === 0 && !each.isCached ? {} : { policies: { ai: [{ name: each.path }] } }),
  }));
  const resources = [
    resource("AIBackend", "limits", { provider: "openai", model }),
    ...policies,
    resource("RouteTable", "limits", { routes }),
  ];
  // YAML takes JSON as it is.
  await writeFile(join(folder, "limits.yaml"), resources.map((each) => JSON.stringify(each)).join("\n---\n"));
}

function resource(kind: string, name: string, spec: object): object {
  return { apiVersion: "sluice.dev/v1", kind, metadata: { name }, spec };
}
