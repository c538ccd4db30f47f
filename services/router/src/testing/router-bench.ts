import { randomUUID } from "node:crypto";
import type { Bus } from "@sluice/bus/bus";
import { consumeEvents } from "@sluice/bus/event-consumer";
import { type OriginEnvelope, sendToPipeline } from "@sluice/bus/pipeline-origin";
import { type PipelineStep, servePipelineStep } from "@sluice/bus/pipeline-step";
import type { ProvisionOptions } from "@sluice/bus/provision";
import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import type { BusTimings } from "@sluice/bus/timings";
import type { EndFrame, HeadFrame } from "@sluice/contracts/frames";
import type { SluiceError } from "@sluice/contracts/sluice-error";
import {
  type DispatchedEvent,
  type SettledEvent,
  type UsageEvent,
  usageEventBatchSchema,
} from "@sluice/contracts/usage-event";
import { compileContent } from "@sluice/resources/compile-content";
import { compileSnapshot } from "@sluice/resources/compile-snapshot";
import { publishSnapshot } from "@sluice/resources/publish-snapshot";
import { parseConfiguration } from "@sluice/resources/read-configuration";
import { readResources } from "@sluice/resources/read-resources";
import type { RunningService } from "@sluice/runtime/run-service";
import { type Simulator, startSimulator } from "@sluice/simulator/start-simulator";
import { noTracing } from "@sluice/telemetry/tracing";
import { expect } from "vitest";
import { routerConfigSchema } from "../config.ts";
import { startRouter } from "../service.ts";

/** What came of a request by the time it was over. */
export interface Answer {
  requestId: string;
  head: HeadFrame | undefined;
  body: string;
  end: EndFrame | undefined;
  error: SluiceError | undefined;
}

/** A request that is under way. */
export interface SentRequest {
  requestId: string;
  /** Bytes of the reply so far. */
  received(): string;
  /** Leaves, as a client that goes away makes the ingress do. */
  cancel(): void;
  answer: Promise<Answer>;
}

/** A router with replicas as you like, between an ingress and the simulator, and what it records. */
export interface RouterBench {
  testBus: TestBus;
  simulator: Simulator;
  ingress: Bus;
  startRouter(environment?: Record<string, string>): Promise<RunningService & { bus: Bus }>;
  /** @param timeoutMs of the request as a whole. @default 25000 */
  send(facts: Partial<OriginEnvelope>, body: unknown, timeoutMs?: number): SentRequest;
  /** Keeps what is sent from now on from the router, until the function that it gives is called. */
  holdRequests(): () => void;
  /** The events of all requests until now. */
  allEvents(): readonly UsageEvent[];
  /** The events of a request until now. */
  eventsOf(requestId: string): UsageEvent[];
  /** Waits for the settlement of a call. @param attempt from 1. @default 1 */
  settled(requestId: string, attempt?: number): Promise<SettledEvent>;
  dispatched(requestId: string): DispatchedEvent[];
  /** Calls a path of the simulator's control API. */
  control(operation: string, body?: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

export interface RouterBenchOptions {
  /** The configuration; `$SIMULATOR` stands for the simulator's address. */
  configuration: string;
  /** Resources that are applied beside it; `$SIMULATOR_PORT` stands for the simulator's port. @default none */
  resources?: string;
  timings?: Partial<BusTimings>;
  streams?: Partial<ProvisionOptions>;
}

const settles = { timeout: 15_000 };

export async function startRouterBench(options: RouterBenchOptions): Promise<RouterBench> {
  const { timings = {} } = options;
  const simulator = await startSimulator();
  const testBus = await startTestBus(options.streams);
  const yaml = options.configuration.replaceAll("$SIMULATOR", simulator.url);
  const base = compileSnapshot(parseConfiguration(yaml, "sluice.yaml"), "/");
  const resources = (options.resources ?? "").replaceAll("$SIMULATOR_PORT", new URL(simulator.url).port);
  const read = readResources([{ text: resources, name: "resources.yaml" }]);
  const { content, problems } = compileContent(base, read.resources);
  expect([...read.problems, ...problems]).toEqual([]);
  await publishSnapshot(await testBus.connectOperator(), content);
  const ingress = await testBus.connect("ingress", timings);
  let gate: Promise<void> = Promise.resolve();
  const auth = await serveAuth(await testBus.connect("auth", timings), () => gate);
  const events: UsageEvent[] = [];
  const consumer = await consumeEvents(await testBus.connect("ledger"), {
    handler: (batch) => {
      for (const { data } of batch) {
        events.push(...usageEventBatchSchema.parse(JSON.parse(Buffer.from(data).toString())).events);
      }
      return Promise.resolve();
    },
  });
  const routers: RunningService[] = [];
  const eventsOf = (requestId: string): UsageEvent[] =>
    events.filter((event) => event.requestId === requestId);
  const settledOf = (requestId: string, attempt: number): SettledEvent | undefined =>
    eventsOf(requestId).find((event) => event.type === "settled" && event.attempt === attempt) as
      | SettledEvent
      | undefined;
  return {
    testBus,
    simulator,
    ingress,
    startRouter: async (environment = keys) => {
      const bus = await testBus.connect("router", timings);
      const router = await startRouter({
        config: routerConfigSchema.parse(environment),
        instance: bus.party.instance,
        bus,
        logger: bus.logger,
        metrics: bus.metrics,
        tracing: noTracing,
        signal: new AbortController().signal,
      });
      routers.push(router);
      return { ...router, bus };
    },
    send: (facts, body, timeoutMs = 25_000) => send(ingress, facts, body, timeoutMs),
    holdRequests: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    allEvents: () => events,
    eventsOf,
    settled: async (requestId, attempt = 1) => {
      await expect.poll(() => settledOf(requestId, attempt), settles).toBeDefined();
      return settledOf(requestId, attempt) as SettledEvent;
    },
    dispatched: (requestId) =>
      eventsOf(requestId).filter((event): event is DispatchedEvent => event.type === "dispatched"),
    control: async (operation, body) => {
      const [method = "", path = ""] = operation.split(" ");
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      return (await fetch(simulator.url + path, { method, ...sent })).json();
    },
    stop: async () => {
      await Promise.all(routers.map((router) => router.stop(4000)));
      await auth.stop(4000);
      await consumer.stop();
      await testBus.stop();
      await simulator.stop();
    },
  };
}

/** Keys of the providers, as the router has them in its environment. */
export const keys = {
  OPENAI_API_KEY: "openai-test-key",
  ANTHROPIC_API_KEY: "anthropic-test-key",
  GEMINI_API_KEY: "gemini-test-key",
};

/** Knows every request as of the same owner. */
function serveAuth(bus: Bus, gate: () => Promise<void>): Promise<PipelineStep> {
  return servePipelineStep(bus, {
    service: "auth",
    description: "test",
    handler: async (delivery) => {
      await gate();
      await delivery.forward("router", { ...delivery.envelope, identity: { keyId: "key-1", tags: [] } });
    },
  });
}

function send(ingress: Bus, facts: Partial<OriginEnvelope>, body: unknown, timeoutMs: number): SentRequest {
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const requestId = facts.requestId ?? randomUUID();
  const envelope: OriginEnvelope = {
    receivedAtMs: Date.now(),
    revision: 1,
    dialect: "openai",
    operation: "chat",
    model: "gpt-4o-mini",
    stream: false,
    streamFraming: "sse",
    bodyBytes: bytes.length,
    headers: {},
    decisions: [],
    ...facts,
    requestId,
  };
  const reply = sendToPipeline(ingress, { envelope, body: bytes, timeoutMs });
  const pieces: Uint8Array[] = [];
  const received = (): string => Buffer.concat(pieces).toString();
  const read = async (): Promise<Answer> => {
    const answer: Answer = { requestId, head: undefined, body: "", end: undefined, error: undefined };
    for await (const frame of reply) {
      if (frame.type === "head") answer.head = frame.head;
      if (frame.type === "data") pieces.push(frame.bytes);
      if (frame.type === "end") answer.end = frame.end;
      if (frame.type === "error") answer.error = frame.error;
    }
    return { ...answer, body: received() };
  };
  return { requestId, received, cancel: () => reply.cancel(), answer: read() };
}
