import type { Bus, BusConnection } from "@sluice/bus/bus";
import { type PipelineStep, type StepDelivery, servePipelineStep } from "@sluice/bus/pipeline-step";
import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import type { BusTimings } from "@sluice/bus/timings";
import { compileSnapshot } from "@sluice/resources/compile-snapshot";
import { publishSnapshot } from "@sluice/resources/publish-snapshot";
import { parseConfiguration } from "@sluice/resources/read-configuration";
import type { RunningService } from "@sluice/runtime/run-service";
import { noTracing } from "@sluice/telemetry/tracing";
import { startIngress } from "../service.ts";

/** Answers requests in the place of the router. */
export type StepHandler = (delivery: StepDelivery) => void | Promise<void>;

/** An ingress as a process has it, without the process. */
export interface BenchIngress extends RunningService {
  url: string;
  port: number;
  bus: Bus;
}

export interface IngressOptions {
  /** @default 15000 */
  keepAliveMs?: number;
  /** The section `gateway` of the configuration, as YAML in one line. @default the defaults */
  gateway?: string;
}

/** A real ingress on a real bus, an auth that lets everything pass, and a router that a test writes. */
export interface IngressBench {
  testBus: TestBus;
  ingress: BenchIngress;
  /** Starts one more; all share the steps, and the configuration that was given last. */
  startIngress(options?: IngressOptions): Promise<BenchIngress>;
  /** Starts the steps; they are there already unless `withSteps: false` was given. */
  startSteps(): Promise<void>;
  /** What the router does from now on. */
  answerWith(handler: StepHandler): void;
  stop(): Promise<void>;
}

/** @param timings of both sides of the bus */
export async function startIngressBench(
  timings: Partial<BusTimings> = {},
  { withSteps = true } = {},
): Promise<IngressBench> {
  const testBus = await startTestBus();
  const operator = await testBus.connectOperator();
  let handler: StepHandler = answerOk;
  const steps: PipelineStep[] = [];
  const serve = async (service: "auth" | "router", run: StepHandler): Promise<void> => {
    const bus = await testBus.connect(service, timings);
    steps.push(await servePipelineStep(bus, { service, description: "test", handler: run }));
  };
  const startSteps = async (): Promise<void> => {
    await serve("router", (delivery) => handler(delivery));
    await serve("auth", (delivery) => delivery.forward("router", delivery.envelope));
  };
  if (withSteps) await startSteps();
  const started: BenchIngress[] = [];
  const start = async (options: IngressOptions = {}): Promise<BenchIngress> => {
    // One that starts takes the newest configuration before it takes a request.
    await configure(operator, options.gateway ?? "{}");
    const ingress = await startOn(testBus, timings, options.keepAliveMs ?? 15_000);
    started.push(ingress);
    return ingress;
  };
  return {
    testBus,
    ingress: await start(),
    startIngress: start,
    startSteps,
    answerWith: (given) => {
      handler = given;
    },
    stop: async () => {
      await Promise.all(started.map((ingress) => ingress.stop(0)));
      await Promise.all(steps.map((each) => each.stop(0)));
      await testBus.stop();
    },
  };
}

async function startOn(
  testBus: TestBus,
  timings: Partial<BusTimings>,
  keepAliveMs: number,
): Promise<BenchIngress> {
  const bus = await testBus.connect("ingress", timings);
  const service = await startIngress({
    config: {
      listenAt: { host: "127.0.0.1", port: 0, reusePort: false },
      listenerHost: "127.0.0.1",
      listenerPorts: new Map(),
      keepAliveMs,
      sealingKey: undefined,
      environment: {},
    },
    instance: bus.party.instance,
    bus,
    logger: bus.logger,
    metrics: bus.metrics,
    tracing: noTracing,
    signal: new AbortController().signal,
  });
  const url = service.ready.url ?? "";
  return { ...service, url, port: Number(new URL(url).port), bus };
}

async function configure(operator: BusConnection, gateway: string): Promise<void> {
  const yaml = `
gateway: ${gateway}
backends: { openai: { provider: openai } }
models: [{ name: m, backend: openai }]
`;
  await publishSnapshot(operator, compileSnapshot(parseConfiguration(yaml, "sluice.yaml"), "/"));
}

/** A plain reply that is as small as one can be. */
export const answerOk: StepHandler = async (delivery) => {
  const writer = delivery.reply();
  if (!(await delivery.accept())) return;
  writer.head({ status: 200, headers: { "content-type": "application/json" } });
  await writer.data(Buffer.from('{"ok":true}'));
  writer.end({});
};

/** Waits until nobody wants the reply any more. */
export async function untilAborted(delivery: StepDelivery): Promise<void> {
  if (delivery.signal.aborted) return;
  await new Promise<void>((resolve) =>
    delivery.signal.addEventListener("abort", () => resolve(), { once: true }),
  );
}

/** The smallest request of each dialect, and where it goes. */
export const dialectRequests = {
  openai: { path: "/v1/chat/completions", body: '{"model":"m","messages":[]}' },
  anthropic: { path: "/v1/messages", body: '{"model":"m","messages":[]}' },
  gemini: { path: "/v1beta/models/m:generateContent", body: '{"contents":[]}' },
} as const;

export const jsonHeaders = { "content-type": "application/json" };
