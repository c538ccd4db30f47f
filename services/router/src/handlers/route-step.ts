import type { StepDelivery } from "@sluice/bus/pipeline-step";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import type { Snapshot } from "@sluice/resources/snapshot";
import type { SluiceSpan } from "@sluice/telemetry/tracing";
import type { RouterParts } from "../router-parts.ts";
import type { Reservation } from "./reservation.ts";

/** A request at the router, with what it is judged by. */
export interface RouteStep {
  parts: RouterParts;
  delivery: StepDelivery;
  envelope: IdentifiedEnvelope;
  snapshot: Snapshot;
  span: SluiceSpan;
  reservation: Reservation | undefined;
}
