import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { compileSnapshot } from "@sluice/resources/compile-snapshot";
import { parseConfiguration } from "@sluice/resources/read-configuration";
import { type Snapshot, snapshotSchema } from "@sluice/resources/snapshot";
import { createLogger } from "@sluice/telemetry/logger";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BackendDirectory } from "./backend-directory.ts";
import { HealthChecks } from "./health-checks.ts";
import { ProviderClient } from "./provider-client.ts";
import { SecretOpener } from "./secret-opener.ts";
import { SecretReader } from "./secret-reader.ts";

/** What a provider answers, and what it was asked. */
interface Provider {
  server: Server;
  status: number | "hangs up";
  asked: { url: string | undefined; method: string | undefined; authorization: string | undefined }[];
}

let provider: Provider;
let running: { checks: HealthChecks; change: (yaml: string) => void; close: () => Promise<void> } | undefined;

beforeEach(async () => {
  const server = createServer((request, response) => {
    const { url, method, headers } = request;
    provider.asked.push({ url, method, authorization: headers.authorization });
    if (provider.status === "hangs up") request.socket.destroy();
    else response.writeHead(provider.status).end("{}");
  });
  provider = { server, status: 200, asked: [] };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  await running?.close();
  running = undefined;
  provider.server.closeAllConnections();
  await new Promise((resolve) => provider.server.close(resolve));
});

function snapshotOf(backend: string): Snapshot {
  const { port } = provider.server.address() as AddressInfo;
  const yaml = `
backends:
  main: { provider: openai, baseUrl: "http://127.0.0.1:${port}/v1", apiKey: { env: KEY }, ${backend} }
models: [{ name: gpt-5, backend: main }]
`;
  const content = compileSnapshot(parseConfiguration(yaml, "sluice.yaml"), "/");
  return snapshotSchema.parse({ ...content, revision: 1, appliedAtMs: 0 });
}

function check(backend: string): HealthChecks {
  const providers = new ProviderClient();
  const secrets = new SecretReader({ KEY: "sk-main" }, new SecretOpener(undefined));
  let listener: (snapshot: Snapshot) => void = () => {};
  const snapshots = {
    current: snapshotOf(backend),
    onChange: (taken: (snapshot: Snapshot) => void) => {
      listener = taken;
      return () => {
        listener = () => {};
      };
    },
  };
  const checks = new HealthChecks({
    snapshots,
    backends: new BackendDirectory({ environment: { KEY: "sk-main" }, secrets, hostOverrides: new Map() }),
    providers,
    logger: createLogger({ service: "router", instance: "r1", level: "silent" }),
  });
  running = {
    checks,
    change: (changed) => {
      snapshots.current = snapshotOf(changed);
      listener(snapshots.current);
    },
    close: async () => {
      checks.close();
      await providers.close();
    },
  };
  return checks;
}

const waits = { timeout: 15_000, interval: 50 };

test("a backend is asked for its models, with its key", async () => {
  const checks = check("healthCheck: { interval: 1s }");
  await expect
    .poll(() => provider.asked[0], waits)
    .toEqual({ url: "/v1/models", method: "GET", authorization: "Bearer sk-main" });
  expect(checks.isWell("main")).toBe(true);
});

test.each([500, 401, "hangs up"] as const)(
  "one that answers %s is not well after as many failures in a row, and well with the first answer",
  async (status) => {
    provider.status = status;
    const checks = check("healthCheck: { interval: 1s, failures: 2, path: /health }");
    await expect.poll(() => provider.asked.length, waits).toBe(1);
    expect(checks.isWell("main")).toBe(true);
    await expect.poll(() => checks.isWell("main"), waits).toBe(false);
    expect(provider.asked.map(({ url }) => url)).toEqual(["/health", "/health"]);
    provider.status = 200;
    await expect.poll(() => checks.isWell("main"), waits).toBe(true);
  },
);

test("one that is not to be asked any more is as if it never was", async () => {
  provider.status = 500;
  const checks = check("healthCheck: { interval: 1s, failures: 1 }");
  await expect.poll(() => checks.isWell("main"), waits).toBe(false);
  running?.change("");
  expect(checks.isWell("main")).toBe(true);
});

test("one that is not to be asked is not", async () => {
  const checks = check("");
  running?.change("healthCheck: { interval: 1s }");
  await expect.poll(() => provider.asked.length, waits).toBeGreaterThan(0);
  running?.change("region: eu");
  expect(checks.isWell("main")).toBe(true);
});
