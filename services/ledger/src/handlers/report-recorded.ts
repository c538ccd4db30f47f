import { eventSubjects, ledgerConsumer } from "@sluice/contracts/subjects";
import type { SettledEvent } from "@sluice/contracts/usage-event";
import {
  genAiAttributes,
  generalAttributes,
  messagingSystem,
  providerNames,
  type SpanAttributes,
  sluiceAttributes,
} from "@sluice/telemetry/gen-ai-attributes";
import type { Logger } from "@sluice/telemetry/logger";
import type { Tracing } from "@sluice/telemetry/tracing";
import type { LedgerMetrics } from "../adapters/ledger-metrics.ts";
import { type Entry, keyText } from "../domain/entry.ts";
import type { RecordedEvents } from "./record-events.ts";

/** Those who are told what the ledger did. */
export interface Reporters {
  logger: Logger;
  tracing: Tracing;
  metrics: LedgerMetrics;
}

/**
 * Tells metrics, traces and log what became of a batch, once it is in the database. Never throws: that would bring
 * the batch back.
 */
export function reportRecorded(recorded: RecordedEvents, startTimeMs: number, reporters: Reporters): void {
  try {
    report(recorded, startTimeMs, reporters);
  } catch (error) {
    reporters.logger.error({ err: error }, "what was booked could not be told");
  }
}

function report(recorded: RecordedEvents, startTimeMs: number, reporters: Reporters): void {
  const { decoded, entries, deadLetters } = recorded;
  const { metrics } = reporters;
  const events = decoded.usage.map(({ event }) => event);
  metrics.writeDuration.record((Date.now() - startTimeMs) / 1000);
  for (const type of ["dispatched", "settled", "reconciled"] as const) {
    metrics.events.add(events.filter((event) => event.type === type).length, { type });
  }
  metrics.events.add(decoded.decisions.length, { type: "decision" });
  metrics.events.add(decoded.feedback.length, { type: "feedback" });
  metrics.events.add(decoded.changes.length, { type: "change" });
  metrics.events.add(deadLetters.length, { type: "rejected" });
  for (const { subject, streamSequence, digest, reason } of deadLetters) {
    reporters.logger.error(
      { alert: "dead_letter", subject, streamSequence, digest, reason },
      "an event could not be booked; it is kept as a dead letter",
    );
  }
  reportUnpriced(entries, reporters);
  const settled = events.filter((event) => event.type === "settled");
  traceSettled(settled, entries, startTimeMs, reporters.tracing);
}

/** Tells of entries that were given up, once that is in the database. */
export function reportExpired(entries: readonly Entry[], reporters: Reporters): void {
  const unsettled = entries.filter((entry) => entry.status === "unsettled");
  if (unsettled.length > 0) {
    reporters.metrics.unsettled.add(unsettled.length);
    reporters.logger.warn(
      { alert: "unsettled", calls: unsettled.length, firstRequestId: unsettled[0]?.key.requestId },
      "calls never came to an end; they are booked with an estimate",
    );
  }
  reportUnpriced(entries, reporters);
}

/** The alert that an unknown price raises: a metric, and one log line per model. */
function reportUnpriced(entries: readonly Entry[], { logger, metrics }: Reporters): void {
  const byModel = new Map<string, { provider: string; model: string; backend: string; calls: number }>();
  for (const entry of entries) {
    if (entry.pricing !== "unpriced") continue;
    const provider = entry.dispatched?.provider ?? "unknown";
    const model = entry.dispatched?.providerModel ?? "unknown";
    const backend = entry.dispatched?.backend ?? "unknown";
    const key = JSON.stringify([provider, model, backend]);
    const group = byModel.get(key) ?? { provider, model, backend, calls: 0 };
    group.calls += 1;
    byModel.set(key, group);
  }
  for (const group of byModel.values()) {
    metrics.unpriced.add(group.calls, { provider: group.provider });
    logger.warn(
      { alert: "unpriced", ...group },
      "calls have no known price; add one to the prices of the configuration",
    );
  }
}

/**
 * A span for each call that is traced and was settled, so that its trace ends where its cost is known. An event
 * that was delivered again, in a later batch or in the same, gets no second span.
 */
function traceSettled(
  settled: readonly SettledEvent[],
  entries: readonly Entry[],
  startTimeMs: number,
  tracing: Tracing,
): void {
  const byKey = new Map(entries.map((entry) => [keyText(entry.key), entry]));
  for (const event of settled) {
    const entry = byKey.get(keyText(event));
    if (event.traceparent === undefined || entry === undefined) continue;
    byKey.delete(keyText(event));
    const span = tracing.startSpan("process usage", {
      kind: "consumer",
      parent: { traceparent: event.traceparent },
      attributes: spanAttributes(entry, event),
      startTimeMs,
    });
    span.end();
  }
}

function spanAttributes(entry: Entry, event: SettledEvent): SpanAttributes {
  const { dispatched } = entry;
  const provider = dispatched?.provider;
  return {
    [generalAttributes.messagingSystem]: messagingSystem,
    [generalAttributes.messagingOperationName]: "process",
    [generalAttributes.messagingOperationType]: "process",
    [generalAttributes.messagingDestinationName]: eventSubjects.usage,
    [generalAttributes.messagingConsumerGroupName]: ledgerConsumer,
    [genAiAttributes.operationName]: dispatched?.operation,
    [genAiAttributes.providerName]:
      provider === undefined
        ? undefined
        : (providerNames[provider as keyof typeof providerNames] ?? provider),
    [genAiAttributes.requestModel]: dispatched?.providerModel,
    [genAiAttributes.responseModel]: event.responseModel,
    [genAiAttributes.usageInputTokens]: event.usage.inputTokens,
    [genAiAttributes.usageOutputTokens]: event.usage.outputTokens,
    [genAiAttributes.usageCacheReadInputTokens]: event.usage.cachedInputTokens,
    [genAiAttributes.usageCacheCreationInputTokens]: event.usage.cacheWriteInputTokens,
    [genAiAttributes.usageReasoningOutputTokens]: event.usage.reasoningTokens,
    [sluiceAttributes.requestId]: event.requestId,
    [sluiceAttributes.delivery]: event.delivery,
    [sluiceAttributes.attempt]: event.attempt,
    [sluiceAttributes.backend]: dispatched?.backend,
    [sluiceAttributes.outcome]: event.outcome,
    [sluiceAttributes.usageSource]: event.usageSource,
    [sluiceAttributes.team]: dispatched?.identity.team,
    [sluiceAttributes.application]: dispatched?.identity.application,
    [sluiceAttributes.costNanoUsd]: entry.costNanoUsd === undefined ? undefined : Number(entry.costNanoUsd),
  };
}
