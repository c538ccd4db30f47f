import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connectOperator } from "@sluice/bus/connect";
import { applyChange } from "@sluice/resources/apply-configuration";
import { readResources } from "@sluice/resources/read-resources";
import { createLogger } from "@sluice/telemetry/logger";
import { Agent, request } from "undici";
import type { Mesh } from "./mesh.ts";
import { operatorSeed } from "./operator-connection.ts";

export interface HotChangeOptions {
  mesh: Mesh;
  revisions: number;
  requestsPerSecond: number;
}

export interface HotChangeOutcome {
  sent: number;
  answered: number;
  /** What was not answered with 200, by its status or error, counted. */
  failures: Record<string, number>;
  /** Requests whose destination saw parts of two revisions. */
  torn: number;
  /** Different revisions that requests were answered by. */
  seen: number;
}

/**
 * Changes the configuration again and again under a steady load. Each revision says its number twice, by a path and by a
 * header that different resources make; the destination compares them.
 */
export async function changeUnderLoad(options: HotChangeOptions): Promise<HotChangeOutcome> {
  const outcome: HotChangeOutcome = { sent: 0, answered: 0, failures: {}, torn: 0, seen: 0 };
  const seen = new Set<string>();
  const destination = createServer((incoming, response) => {
    const path = (incoming.url ?? "").slice(1);
    if (path !== incoming.headers["x-revision"]) outcome.torn++;
    seen.add(path);
    response.end(path);
  });
  await new Promise<void>((resolve) => destination.listen(0, "127.0.0.1", resolve));
  const { port } = destination.address() as AddressInfo;
  const bus = await connectOperator({
    servers: options.mesh.nats,
    nkeySeed: await operatorSeed(options.mesh),
    logger: createLogger({ service: "test", instance: "test", level: "silent" }),
  });
  const apply = async (number: number): Promise<void> => {
    const { resources } = readResources([{ text: resourcesOf(number, port), name: "hot.yaml" }]);
    await applyChange(bus, { resources, by: "test", change: `number ${number}` });
  };
  const agent = new Agent({ connections: 200, pipelining: 1 });
  try {
    await apply(0);
    const load = sendSteadily(options, agent, outcome);
    for (let number = 1; number <= options.revisions; number++) await apply(number);
    load.end();
    await load.ended;
  } finally {
    await agent.close();
    await bus.drain();
    await new Promise((resolve) => destination.close(resolve));
  }
  outcome.seen = seen.size;
  return outcome;
}

/** Two resources that both say the number. */
function resourcesOf(number: number, port: number): string {
  return `
apiVersion: sluice.dev/v1
kind: ExternalService
metadata: { name: hot }
spec: { hosts: [127.0.0.1], ports: [{ number: ${port}, protocol: HTTP }] }
---
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: hot }
spec:
  authentication: optional
  routes:
  - name: only
    match: [{ path: { exact: /hot } }]
    rewrite: { path: /${number} }
    destination: { externalService: { name: hot } }
    policies: { transformation: { name: hot } }
---
apiVersion: sluice.dev/v1
kind: TransformationPolicy
metadata: { name: hot }
spec: { request: { headers: { x-revision: "${number}" } } }
`;
}

interface SteadySending {
  end(): void;
  ended: Promise<void>;
}

/** A request each so many milliseconds, whatever became of the one before. */
function sendSteadily(
  { mesh, requestsPerSecond }: HotChangeOptions,
  dispatcher: Agent,
  outcome: HotChangeOutcome,
): SteadySending {
  const open = new Set<Promise<void>>();
  const fail = (why: string): void => {
    outcome.failures[why] = (outcome.failures[why] ?? 0) + 1;
  };
  const send = async (): Promise<void> => {
    outcome.sent++;
    try {
      const { statusCode, body } = await request(`${mesh.gateway}/hot`, { dispatcher });
      await body.text();
      if (statusCode === 200) outcome.answered++;
      else fail(String(statusCode));
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error));
    }
  };
  const startedMs = performance.now();
  const timer = setInterval(() => {
    const due = ((performance.now() - startedMs) * requestsPerSecond) / 1000;
    while (outcome.sent < due) {
      const sending: Promise<void> = send().finally(() => open.delete(sending));
      open.add(sending);
    }
  }, 5);
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  return {
    end: () => {
      clearInterval(timer);
      void Promise.all(open).then(() => resolve());
    },
    ended,
  };
}
