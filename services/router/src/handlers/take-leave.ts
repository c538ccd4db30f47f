import type { StepDelivery } from "@sluice/bus/pipeline-step";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Attempt } from "./attempt.ts";
import type { Reservation } from "./reservation.ts";

export interface TakeLeaveOptions {
  /** Whether a lost call may be paid for twice. */
  repeatable: boolean;
  reservation: Reservation | undefined;
}

/**
 * Asks the origin for its leave to call, and writes the call ahead meanwhile. Without the leave nobody is called:
 * another delivery is, or nobody waits any more.
 * @param attempt undefined for a call that is not booked
 * @throws SluiceError `service_unavailable` without the leave, `ledger_unavailable` when the call can't be recorded
 */
export async function takeLeave(
  delivery: StepDelivery,
  attempt: Attempt | undefined,
  { repeatable, reservation }: TakeLeaveOptions,
): Promise<void> {
  const [leave, written] = await Promise.allSettled([
    delivery.accept({ repeatable }),
    attempt?.writeAhead() ?? Promise.resolve(),
  ]);
  if (leave.status === "rejected" || !leave.value) {
    // It is that of the request, and so of the delivery that has the leave.
    reservation?.leaveToOthers();
    if (written.status === "fulfilled") attempt?.settleNotCalled();
    throw new SluiceError("service_unavailable", "The request was not let through in time.", {
      retryAfterMs: 1000,
    });
  }
  if (written.status === "rejected") {
    attempt?.abandon();
    throw written.reason;
  }
}
