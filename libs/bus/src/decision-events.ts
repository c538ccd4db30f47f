import type { Decision } from "@sluice/contracts/decision";
import type { DecisionEventBatch } from "@sluice/contracts/decision-event";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import type { Bus } from "./bus.ts";
import { publishEvent } from "./events.ts";

/**
 * Publishes what a step decided about one direction of a request, about its limits, or to cut it off. The request does not wait for
 * it: the event is kept until the stream has it. A request that is sent again is judged again; the id keeps the event
 * single.
 */
export function publishDecisions(
  bus: Bus,
  envelope: IdentifiedEnvelope,
  about: Decision["direction"] | "limits" | "cut",
  decisions: readonly Decision[],
): void {
  if (decisions.length === 0) return;
  const { requestId, identity, model } = envelope;
  const atMs = Date.now();
  const batch: DecisionEventBatch = {
    events: decisions.map((decision) => ({ requestId, atMs, identity, model, decision })),
  };
  const id = `${requestId}.${bus.party.service}.${about}`;
  publishEvent(bus, "decision", Buffer.from(JSON.stringify(batch)), id).catch((error: unknown) =>
    bus.logger.error({ err: error, requestId }, "decisions were not recorded"),
  );
}
