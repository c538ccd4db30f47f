import { once } from "node:events";
import type { SluiceError } from "@sluice/contracts/sluice-error";
import type { StepDelivery } from "../pipeline-step.ts";

/** Passes a request on as it came. */
export const toGuard = (delivery: StepDelivery): Promise<void> =>
  delivery.forward("guard", delivery.envelope);
export const toRouter = (delivery: StepDelivery): Promise<void> =>
  delivery.forward("router", delivery.envelope);

/** A guard that reads the reply on its way back and passes it on as it is. */
export async function relay(delivery: StepDelivery): Promise<void> {
  const incoming = delivery.intercept();
  await toRouter(delivery);
  const outgoing = delivery.reply();
  for await (const frame of incoming) {
    if (frame.type === "head") outgoing.head(frame.head);
    if (frame.type === "data") await outgoing.data(frame.bytes);
    if (frame.type === "end") outgoing.end(frame.end);
    if (frame.type === "error") outgoing.error(frame.error);
  }
}

/** A router that answers with what it was sent, if it has leave. */
export async function echo(delivery: StepDelivery): Promise<void> {
  const writer = delivery.reply();
  if (!(await delivery.accept())) return writer.release();
  writer.head({ status: 200, headers: { "content-type": "text/plain" } });
  await writer.data(await delivery.body());
  writer.end({});
}

/** Waits until a delivery is to end. @returns why */
export async function endOf({ signal }: StepDelivery): Promise<SluiceError> {
  if (!signal.aborted) await once(signal, "abort");
  return signal.reason as SluiceError;
}
