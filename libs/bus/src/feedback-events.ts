import type { Feedback, FeedbackEventBatch } from "@sluice/contracts/feedback-event";
import type { Identity } from "@sluice/contracts/identity";
import type { Bus } from "./bus.ts";
import { publishEvent } from "./events.ts";

/** How long a client waits for its feedback to be kept. */
const patienceMs = 5_000;

/**
 * Publishes what a client says of a reply; resolves when the stream has it.
 * @param eventId of the request that said it: one that is sent again is recorded once
 * @throws SluiceError `ledger_unavailable` when the stream does not take it in time
 */
export async function publishFeedback(
  bus: Bus,
  eventId: string,
  identity: Identity,
  feedback: Feedback,
): Promise<void> {
  const batch: FeedbackEventBatch = { events: [{ ...feedback, atMs: Date.now(), identity }] };
  const payload = Buffer.from(JSON.stringify(batch));
  await publishEvent(bus, "feedback", payload, `${eventId}.feedback`, { giveUpAfterMs: patienceMs });
}
