import type { StepDelivery } from "@sluice/bus/pipeline-step";
import { sluiceAttributes } from "@sluice/telemetry/gen-ai-attributes";
import type { SluiceSpan, Tracing } from "@sluice/telemetry/tracing";

/**
 * Runs a step's work on a delivery within a span of its own, under the sender's. An error is marked on the span
 * and thrown on: the bus answers with it.
 * @param name of the span, such as `auth check`
 */
export async function traceStep(
  tracing: Tracing,
  delivery: StepDelivery,
  name: string,
  work: (span: SluiceSpan) => Promise<void>,
): Promise<void> {
  const { envelope } = delivery;
  const span = tracing.startSpan(name, {
    kind: "consumer",
    parent: envelope,
    attributes: {
      [sluiceAttributes.requestId]: envelope.requestId,
      [sluiceAttributes.delivery]: envelope.delivery,
      [sluiceAttributes.revision]: envelope.revision,
      [sluiceAttributes.queueWaitMs]: Math.max(0, Date.now() - envelope.sentAtMs),
    },
  });
  try {
    await work(span);
  } catch (error) {
    span.recordError(error);
    throw error;
  } finally {
    span.end();
  }
}
