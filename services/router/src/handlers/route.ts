import type { StepDelivery } from "@sluice/bus/pipeline-step";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { findModel } from "@sluice/resources/find-model";
import { traceStep } from "@sluice/runtime/trace-step";
import type { SluiceSpan } from "@sluice/telemetry/tracing";
import { planCall } from "../domain/call-plan.ts";
import type { RouterParts } from "../router-parts.ts";
import { RoutedRequest } from "./routed-request.ts";

/**
 * `sluice.v1.router.route`: finds what serves the model, plans the call, and makes it as {@link RoutedRequest}.
 * What is refused here has reached no provider and no ledger.
 */
export async function handleRoute(parts: RouterParts, delivery: StepDelivery): Promise<void> {
  await traceStep(parts.tracing, delivery, "route", (span) => route(parts, delivery, span));
}

async function route(parts: RouterParts, delivery: StepDelivery, span: SluiceSpan): Promise<void> {
  const envelope = delivery.identified();
  const snapshot = await parts.snapshots.at(envelope.revision);
  const found = findModel(snapshot, envelope.model);
  if (found === undefined) {
    throw new SluiceError("model_not_found", "The model is not known here.", { parameter: "model" });
  }
  const access = await parts.backends.access(snapshot, found.backendName, found.backend);
  const bytes = await delivery.body();
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const plan = planCall(envelope, body, found);
  await new RoutedRequest({ parts, delivery, envelope, snapshot, found, access, plan, body, span }).run();
}
