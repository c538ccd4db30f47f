import type { StepDelivery } from "@sluice/bus/pipeline-step";
import { identifiedEnvelopeSchema } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { findModel } from "@sluice/resources/find-model";
import { sluiceAttributes } from "@sluice/telemetry/gen-ai-attributes";
import { planCall } from "../domain/call-plan.ts";
import type { RouterParts } from "../router-parts.ts";
import { RoutedRequest } from "./routed-request.ts";

/**
 * `sluice.v1.router.route`: finds what serves the model, plans the call, and makes it as {@link RoutedRequest}.
 * What is refused here has reached no provider and no ledger.
 */
export async function handleRoute(parts: RouterParts, delivery: StepDelivery): Promise<void> {
  const { envelope } = delivery;
  const span = parts.tracing.startSpan("route", {
    kind: "consumer",
    parent: envelope,
    attributes: {
      [sluiceAttributes.requestId]: envelope.requestId,
      [sluiceAttributes.revision]: envelope.revision,
    },
  });
  try {
    // Auth has set it; the envelope of a request that came round it is refused.
    const identified = identifiedEnvelopeSchema.safeParse(envelope);
    if (!identified.success) throw new SluiceError("internal", "The request has no identity.");
    const snapshot = await parts.snapshots.at(envelope.revision);
    const found = findModel(snapshot, envelope.model);
    if (found === undefined) {
      throw new SluiceError("model_not_found", "The model is not known here.", { parameter: "model" });
    }
    const access = parts.backends.access(snapshot, found.backendName, found.backend);
    const bytes = await delivery.body();
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
    const plan = planCall(envelope, body, found);
    await new RoutedRequest({
      parts,
      delivery,
      envelope: identified.data,
      found,
      access,
      plan,
      body,
      span,
    }).run();
  } catch (error) {
    span.recordError(error);
    throw error;
  } finally {
    span.end();
  }
}
