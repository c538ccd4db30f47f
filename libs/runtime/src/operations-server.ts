import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { MeshMetrics } from "@sluice/telemetry/mesh-metrics";
import { metricsContentType } from "@sluice/telemetry/metric-registry";

export interface OperationsServerOptions {
  host: string;
  /** 0 for any free port. */
  port: number;
  metrics: Pick<MeshMetrics, "render">;
  /** What keeps the service from taking requests, a word each; nothing when it is ready. */
  notReadyBecause(): string[];
}

export interface OperationsServer {
  /** Base URL, without a slash at its end. */
  url: string;
  close(): Promise<void>;
}

/**
 * Serves what those who run the mesh ask a process: `/metrics` (Prometheus text), `/healthz` (200 while the process
 * runs), `/readyz` (200 when it takes requests, else 503 with what is missing). Only GET and HEAD.
 *
 * @throws where the address can't be listened on
 */
export async function startOperationsServer(options: OperationsServerOptions): Promise<OperationsServer> {
  const server = createServer((request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      answer(response, 405, { status: "method not allowed" });
      return;
    }
    switch (pathOf(request.url)) {
      case "/metrics":
        answerMetrics(response, options.metrics);
        return;
      case "/healthz":
        answer(response, 200, { status: "alive" });
        return;
      case "/readyz":
        answerReadiness(response, options.notReadyBecause());
        return;
      default:
        answer(response, 404, { status: "not found" });
    }
  });
  server.listen(options.port, options.host);
  await once(server, "listening");
  return { url: urlOf(server), close: () => close(server) };
}

function pathOf(url = "/"): string {
  const queryStart = url.indexOf("?");
  return queryStart === -1 ? url : url.slice(0, queryStart);
}

function answerReadiness(response: ServerResponse, missing: string[]): void {
  if (missing.length === 0) answer(response, 200, { status: "ready" });
  else answer(response, 503, { status: "not ready", missing });
}

function answerMetrics(response: ServerResponse, metrics: Pick<MeshMetrics, "render">): void {
  metrics.render().then(
    (text) => response.setHeader("content-type", metricsContentType).end(text),
    () => answer(response, 500, { status: "the metrics can't be read" }),
  );
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.statusCode = status;
  response.setHeader("content-type", "application/json").end(`${JSON.stringify(body)}\n`);
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
