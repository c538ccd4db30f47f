import type { Bus } from "@sluice/bus/bus";
import type { Logger } from "@sluice/telemetry/logger";
import type { Kysely } from "kysely";
import { requireAdminKey } from "../adapters/admin-key.ts";
import { type ApiServer, createApiServer } from "../adapters/api-server.ts";
import type { LedgerTables } from "../adapters/tables.ts";
import { serveHealth } from "./get-health.ts";
import { servePromptVersions } from "./get-prompt-versions.ts";
import { serveRequest } from "./get-request.ts";
import { serveSpend } from "./get-spend.ts";
import { serveChanges } from "./list-changes.ts";
import { serveDeadLetter, serveDeadLetters } from "./list-dead-letters.ts";
import { serveRequests } from "./list-requests.ts";
import { serveReconciliations } from "./post-reconciliation.ts";
import type { Rebuilder } from "./rebuilder.ts";
import { serveRebuild } from "./serve-rebuild.ts";

export interface ApiOptions {
  database: Kysely<LedgerTables>;
  bus: Bus;
  rebuilder: Rebuilder;
  /** How far the clocks of two machines may be apart. */
  clockDifferenceMs: number;
  /** SHA-256 of the admin key, hex. */
  adminKeySha256: string;
  logger: Logger;
  /** What keeps the ledger from doing its work, a word each. */
  notReadyBecause(): string[];
}

/** Routes that tell nothing about anybody. */
const openRoutes: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/openapi.json"]);

/** The ledger's HTTP API, not listening yet. All routes but {@link openRoutes} ask for the admin key. */
export async function createApi(options: ApiOptions): Promise<ApiServer> {
  const server = await createApiServer(options.logger);
  const requireKey = requireAdminKey(options.adminKeySha256);
  server.addHook("onRequest", async (request) => {
    // By the route and not by the path: a path can be written in more than one way.
    const route = request.routeOptions.url;
    if (route !== undefined && !openRoutes.has(route)) await requireKey(request);
  });
  serveSpend(server, options.database);
  serveRequests(server, options.database);
  serveRequest(server, options.database);
  servePromptVersions(server, options.database);
  serveChanges(server, options.database);
  serveDeadLetters(server, options.bus);
  serveDeadLetter(server, options.bus);
  serveReconciliations(server, options);
  serveRebuild(server, options.rebuilder);
  serveHealth(server, options.notReadyBecause);
  server.get("/openapi.json", { schema: { hide: true } }, () => Promise.resolve(server.swagger()));
  await server.ready();
  return server;
}
