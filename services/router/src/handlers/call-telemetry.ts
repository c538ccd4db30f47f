import type { Envelope } from "@sluice/contracts/envelope";
import type { SluiceError } from "@sluice/contracts/sluice-error";
import type { SettledEvent } from "@sluice/contracts/usage-event";
import {
  type GenAiMetricAttributes,
  genAiAttributes,
  generalAttributes,
  providerNames,
  sluiceAttributes,
} from "@sluice/telemetry/gen-ai-attributes";
import type { SluiceSpan } from "@sluice/telemetry/tracing";
import type { CalledTarget } from "../domain/called-target.ts";
import type { RouterParts } from "../router-parts.ts";

/** As the conventions name it; others as Sluice does. */
function providerName(provider: string): string {
  return Object.hasOwn(providerNames, provider)
    ? providerNames[provider as keyof typeof providerNames]
    : provider;
}

export interface CallTelemetryOptions {
  parts: RouterParts;
  envelope: Envelope;
  called: CalledTarget;
  /** The router's span of the request. */
  span: SluiceSpan;
  /** Which call of the request it is, from 1. */
  number: number;
}

/** The span and the metrics of one provider call. */
export class CallTelemetry {
  readonly #options: CallTelemetryOptions;
  readonly #span: SluiceSpan;

  /** The call begins. */
  constructor(options: CallTelemetryOptions) {
    const { parts, envelope, called, span, number } = options;
    this.#options = options;
    this.#span = parts.tracing.startSpan(`${envelope.operation} ${called.providerModel}`, {
      kind: "client",
      parent: span,
      attributes: {
        [genAiAttributes.operationName]: envelope.operation,
        [genAiAttributes.providerName]: providerName(called.provider),
        [genAiAttributes.requestModel]: called.providerModel,
        [genAiAttributes.requestStream]: envelope.stream,
        [genAiAttributes.promptName]: envelope.prompt?.template,
        [sluiceAttributes.promptVersion]: envelope.prompt?.version,
        [sluiceAttributes.backend]: called.backendName,
        [sluiceAttributes.attempt]: number,
      },
    });
  }

  /** W3C trace context for the provider: of this call where it is traced, else the client's. */
  traceHeaders(): Record<string, string> {
    const { traceparent, tracestate } =
      this.#span.traceparent === undefined ? this.#options.envelope : this.#span;
    if (traceparent === undefined) return {};
    return tracestate === undefined ? { traceparent } : { traceparent, tracestate };
  }

  failed(error: SluiceError): void {
    this.#span.recordError(error);
  }

  /** There was no call. */
  abandoned(): void {
    this.#span.end();
  }

  /** The call is over. @param errorCode of what it failed with */
  ended(settled: SettledEvent, errorCode?: string): void {
    if (settled.outcome !== "not_called") this.#measure(settled, errorCode);
    const { usage } = settled;
    this.#span.setAttributes({
      [genAiAttributes.responseModel]: settled.responseModel,
      [genAiAttributes.usageInputTokens]: usage.inputTokens,
      [genAiAttributes.usageOutputTokens]: usage.outputTokens,
      [genAiAttributes.usageCacheReadInputTokens]: usage.cachedInputTokens,
      [genAiAttributes.usageReasoningOutputTokens]: usage.reasoningTokens,
      [sluiceAttributes.outcome]: settled.outcome,
      [sluiceAttributes.usageSource]: settled.usageSource,
      [generalAttributes.httpResponseStatusCode]: settled.providerStatus,
    });
    this.#span.end();
  }

  #measure({ usage, durationMs, timeToFirstTokenMs }: SettledEvent, errorCode: string | undefined): void {
    const { parts, envelope, called } = this.#options;
    const attributes: GenAiMetricAttributes = {
      "gen_ai.operation.name": envelope.operation,
      "gen_ai.provider.name": providerName(called.provider),
      "gen_ai.request.model": called.label,
    };
    if (errorCode !== undefined) attributes["error.type"] = errorCode;
    parts.metrics.operationDuration(durationMs / 1000, attributes);
    if (usage.inputTokens + usage.outputTokens === 0) return;
    parts.metrics.tokenUsage(usage.inputTokens, { ...attributes, "gen_ai.token.type": "input" });
    parts.metrics.tokenUsage(usage.outputTokens, { ...attributes, "gen_ai.token.type": "output" });
    if (!envelope.stream || timeToFirstTokenMs === undefined) return;
    parts.metrics.timeToFirstToken(timeToFirstTokenMs / 1000, attributes);
    if (usage.outputTokens < 2) return;
    // Time per output token after the first, as the semantic conventions define it.
    const secondsPerToken = (durationMs - timeToFirstTokenMs) / 1000 / (usage.outputTokens - 1);
    parts.metrics.timePerOutputToken(secondsPerToken, attributes);
  }
}
