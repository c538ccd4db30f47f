import { randomUUID } from "node:crypto";
import type { BusConnection } from "@sluice/bus/bus";
import { consumeEvents } from "@sluice/bus/event-consumer";
import { type OriginEnvelope, type PipelineReply, sendToPipeline } from "@sluice/bus/pipeline-origin";
import { type StepDelivery, servePipelineStep } from "@sluice/bus/pipeline-step";
import { startTestBus } from "@sluice/bus/testing/test-bus";
import { type DecisionEvent, decisionEventBatchSchema } from "@sluice/contracts/decision-event";
import type { Envelope } from "@sluice/contracts/envelope";
import type { HeadFrame } from "@sluice/contracts/frames";
import type { SluiceError } from "@sluice/contracts/sluice-error";
import { eventSubjects } from "@sluice/contracts/subjects";
import { compileSnapshot } from "@sluice/resources/compile-snapshot";
import { publishSnapshot } from "@sluice/resources/publish-snapshot";
import { parseConfiguration } from "@sluice/resources/read-configuration";
import type { RunningService } from "@sluice/runtime/run-service";
import { noTracing } from "@sluice/telemetry/tracing";
import { guardConfigSchema } from "../config.ts";
import { startGuard } from "../service.ts";

/** What a request came to, as the ingress sees it. */
export interface Outcome {
  head?: HeadFrame;
  body: Buffer;
  error?: SluiceError;
  ended: boolean;
}

/** What the router was given. */
export interface Routed {
  envelope: Envelope;
  body: string;
}

export interface Asked {
  facts?: Partial<OriginEnvelope>;
  body?: string | Uint8Array;
}

/** The guard between an ingress and a router, on a real bus. Auth lets everybody pass; the router answers as told. */
export interface GuardBench {
  /** What the router does with the next requests. @default answers `{}` */
  respond: (delivery: StepDelivery) => Promise<void>;
  readonly guard: RunningService;
  /** What the router was given, in order. */
  readonly routed: Routed[];
  /** What was published about decisions, in order. */
  readonly decisions: DecisionEvent[];
  send(asked: Asked): { requestId: string; reply: PipelineReply };
  ask(asked: Asked): Promise<Outcome & { requestId: string }>;
  stop(): Promise<void>;
}

export const identity = { keyId: "key-1", team: "search", tags: [] };

/** @param environment of the guard, in place of its defaults */
export async function startGuardBench(
  yaml: string,
  environment: Record<string, string> = {},
): Promise<GuardBench> {
  const testBus = await startTestBus();
  const operator: BusConnection = await testBus.connectOperator();
  await publishSnapshot(operator, compileSnapshot(parseConfiguration(yaml, "sluice.yaml"), "/"));
  const ingress = await testBus.connect("ingress");
  const auth = await servePipelineStep(await testBus.connect("auth"), {
    service: "auth",
    description: "test",
    handler: (delivery) => delivery.forward("guard", { ...delivery.envelope, identity }),
  });
  const guardBus = await testBus.connect("guard");
  const guard = await startGuard({
    config: guardConfigSchema.parse(environment),
    instance: guardBus.party.instance,
    bus: guardBus,
    logger: guardBus.logger,
    metrics: guardBus.metrics,
    tracing: noTracing,
    signal: new AbortController().signal,
  });
  const routed: Routed[] = [];
  const decisions: DecisionEvent[] = [];
  const events = await consumeEvents(await testBus.connect("ledger"), {
    maxBatch: 100,
    handler: async (batch) => {
      for (const { subject, data } of batch) {
        if (subject !== eventSubjects.decision) continue;
        decisions.push(...decisionEventBatchSchema.parse(JSON.parse(Buffer.from(data).toString())).events);
      }
    },
  });
  const send = ({ facts = {}, body = "{}" }: Asked) => {
    const requestId = randomUUID();
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    const envelope: OriginEnvelope = {
      requestId,
      receivedAtMs: Date.now(),
      revision: 1,
      dialect: "openai",
      operation: "chat",
      model: "masked",
      stream: false,
      streamFraming: "sse",
      bodyBytes: bytes.length,
      headers: {},
      decisions: [],
      ...facts,
    };
    return { requestId, reply: sendToPipeline(ingress, { envelope, body: bytes, timeoutMs: 20_000 }) };
  };
  const bench: GuardBench = {
    respond: (delivery) => answer(delivery, "application/json", ["{}"]),
    guard,
    routed,
    decisions,
    send,
    ask: async (asked) => {
      const { requestId, reply } = send(asked);
      return { requestId, ...(await outcomeOf(reply)) };
    },
    stop: async () => {
      await events.stop();
      await Promise.all([auth.stop(0), guard.stop(0), router.stop(0)]);
      await testBus.stop();
    },
  };
  const router = await servePipelineStep(await testBus.connect("router"), {
    service: "router",
    description: "test",
    handler: async (delivery) => {
      routed.push({ envelope: delivery.envelope, body: Buffer.from(await delivery.body()).toString() });
      if (await delivery.accept()) await bench.respond(delivery);
    },
  });
  return bench;
}

/** Answers as a provider that sends these pieces. */
export async function answer(
  delivery: StepDelivery,
  contentType: string,
  pieces: Iterable<string | Uint8Array>,
  status = 200,
): Promise<void> {
  const reply = delivery.reply();
  reply.head({ status, headers: { "content-type": contentType } });
  for (const piece of pieces) await reply.data(typeof piece === "string" ? Buffer.from(piece) : piece);
  reply.end({ provider: "openai" });
}

export async function outcomeOf(reply: PipelineReply): Promise<Outcome> {
  const outcome: Outcome = { body: Buffer.alloc(0), ended: false };
  const pieces: Uint8Array[] = [];
  for await (const frame of reply) {
    if (frame.type === "head") outcome.head = frame.head;
    else if (frame.type === "data") pieces.push(frame.bytes);
    else if (frame.type === "error") outcome.error = frame.error;
    else if (frame.type === "end") outcome.ended = true;
  }
  outcome.body = Buffer.concat(pieces);
  return outcome;
}
