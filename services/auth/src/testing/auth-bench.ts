import { randomUUID } from "node:crypto";
import type { Bus, BusConnection } from "@sluice/bus/bus";
import { type OriginEnvelope, sendToPipeline } from "@sluice/bus/pipeline-origin";
import { type PipelineStep, type StepDelivery, servePipelineStep } from "@sluice/bus/pipeline-step";
import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import type { Envelope } from "@sluice/contracts/envelope";
import type { HeadFrame } from "@sluice/contracts/frames";
import type { SluiceError } from "@sluice/contracts/sluice-error";
import { compileSnapshot } from "@sluice/resources/compile-snapshot";
import { publishSnapshot } from "@sluice/resources/publish-snapshot";
import { parseConfiguration } from "@sluice/resources/read-configuration";
import { openVirtualKeyStore, type VirtualKeyStore } from "@sluice/resources/virtual-key-store";
import type { RunningService } from "@sluice/runtime/run-service";
import { noTracing } from "@sluice/telemetry/tracing";
import { startAuth } from "../service.ts";

/** What became of a request: passed on to a step, answered by auth, or refused. */
export interface Outcome {
  /** The step that got it, with what it got. */
  passedTo?: { service: string; envelope: Envelope; body: string };
  head?: HeadFrame;
  body?: unknown;
  error?: SluiceError;
}

/** Auth between an ingress and the steps after it, on a real bus. The steps answer with what they were given. */
export interface AuthBench {
  testBus: TestBus;
  operator: BusConnection;
  keys: VirtualKeyStore;
  /** Starts one more replica of auth. @param redisUrl where limits are kept. @default none */
  startReplica(redisUrl?: string): Promise<RunningService>;
  /** Sends a request as the ingress does. */
  send(facts: Partial<OriginEnvelope>): Promise<Outcome>;
  applyConfiguration(yaml: string): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Starts a bus with the steps after auth, and no auth and no configuration yet.
 * @param options.guard whether there is a guard. @default true
 */
export async function startAuthBench(options: { guard?: boolean } = {}): Promise<AuthBench> {
  const testBus = await startTestBus();
  const operator = await testBus.connectOperator();
  const ingress = await testBus.connect("ingress");
  const steps: PipelineStep[] = [];
  const served = options.guard === false ? (["router"] as const) : (["guard", "router"] as const);
  for (const service of served) {
    const bus = await testBus.connect(service);
    const handler = (delivery: StepDelivery): Promise<void> => tellWhatCame(service, delivery);
    steps.push(await servePipelineStep(bus, { service, description: "test", handler }));
  }
  const replicas: RunningService[] = [];
  return {
    testBus,
    operator,
    keys: await openVirtualKeyStore(operator),
    startReplica: async (redisUrl) => {
      const replica = await startAuthOn(await testBus.connect("auth"), { redisUrl });
      replicas.push(replica);
      return replica;
    },
    send: (facts) => send(ingress, facts),
    applyConfiguration: async (yaml) => {
      const content = compileSnapshot(parseConfiguration(yaml, "sluice.yaml"), "/");
      return (await publishSnapshot(operator, content)).revision;
    },
    stop: async () => {
      await Promise.all(replicas.map((replica) => replica.stop(4000)));
      await Promise.all(steps.map((step) => step.stop(0)));
      await testBus.stop();
    },
  };
}

export interface StartOptions {
  signal?: AbortSignal;
  redisUrl?: string | undefined;
}

/** Starts auth on a connection, as `runService` does. */
export function startAuthOn(
  bus: Bus,
  { signal = new AbortController().signal, redisUrl }: StartOptions = {},
): Promise<RunningService> {
  const { logger, metrics, party } = bus;
  return startAuth({
    config: { apiKeyDigestKey: undefined, redisUrl, environment: {} },
    instance: party.instance,
    bus,
    logger,
    metrics,
    tracing: noTracing,
    signal,
  });
}

async function tellWhatCame(service: string, delivery: StepDelivery): Promise<void> {
  const reply = delivery.reply();
  if (!(await delivery.accept())) return;
  const body = Buffer.from(await delivery.body()).toString();
  reply.head({ status: 200, headers: { "x-passed-to": service } });
  await reply.data(Buffer.from(JSON.stringify({ service, envelope: delivery.envelope, body })));
  reply.end({});
}

async function send(ingress: Bus, facts: Partial<OriginEnvelope>): Promise<Outcome> {
  const envelope: OriginEnvelope = {
    requestId: randomUUID(),
    receivedAtMs: Date.now(),
    revision: 1,
    dialect: "openai",
    operation: "chat",
    model: "gpt-5",
    stream: false,
    streamFraming: "sse",
    bodyBytes: 2,
    headers: {},
    decisions: [],
    ...facts,
  };
  const outcome: Outcome = {};
  const pieces: Uint8Array[] = [];
  const reply = sendToPipeline(ingress, { envelope, body: Buffer.from('{"a": 1.0}'), timeoutMs: 20_000 });
  for await (const frame of reply) {
    if (frame.type === "head") outcome.head = frame.head;
    if (frame.type === "data") pieces.push(frame.bytes);
    if (frame.type === "error") outcome.error = frame.error;
  }
  if (outcome.head === undefined) return outcome;
  const body: unknown = JSON.parse(Buffer.concat(pieces).toString());
  if (outcome.head.headers["x-passed-to"] === undefined) return { ...outcome, body };
  return { ...outcome, passedTo: body as NonNullable<Outcome["passedTo"]> };
}
