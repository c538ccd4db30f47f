import type { Bus } from "@sluice/bus/bus";
import { publishFeedback } from "@sluice/bus/feedback-events";
import type { StepDelivery } from "@sluice/bus/pipeline-step";
import type { Identity } from "@sluice/contracts/identity";
import { SluiceError } from "@sluice/contracts/sluice-error";

/**
 * Records what a client says about a reply, and answers once the event stream has it. Whether the request that it is
 * about is one of the client's own is seen where the requests are known: the ledger counts no other.
 * @throws SluiceError `ledger_unavailable` when the stream does not take it
 */
export async function takeFeedback(bus: Bus, delivery: StepDelivery, identity: Identity): Promise<void> {
  const { feedback, requestId } = delivery.envelope;
  if (feedback === undefined) throw new SluiceError("internal", "The feedback did not come.");
  await publishFeedback(bus, requestId, identity, feedback);
  const reply = delivery.reply();
  reply.head({ status: 202, headers: { "content-type": "application/json" } });
  const { requestId: about, score } = feedback;
  await reply.data(Buffer.from(JSON.stringify({ object: "feedback", request_id: about, score })));
  reply.end({});
}
