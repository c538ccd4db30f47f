import type { BusConnection } from "@sluice/bus/bus";
import { publishChange } from "@sluice/bus/publish-change";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { type Applied, isUnwritten, noteWritten, readApplied } from "./applied-store.ts";
import { changeEvents } from "./change-events.ts";

/**
 * Writes the audit event of the present revision to the event stream, where that has not been done: whoever made the
 * change may have died in between, or the stream was away. The note that it is still to be written is kept before the
 * revision is published and goes when the stream has the event, so none is lost.
 * @param applied what the present revision was compiled from
 * @throws SluiceError `ledger_unavailable` when the stream does not take it, `bus_unavailable`
 */
export async function writeChangeEvent(bus: BusConnection, applied: Applied): Promise<void> {
  const [present, before] = applied.history;
  if (present === undefined || !(await isUnwritten(bus, present.key))) return;
  await publishChange(bus, changeEvents(await readBefore(bus, before?.key), applied));
  await noteWritten(bus, present.key);
}

/** Nothing where it is not kept any more: then all is told as new. */
async function readBefore(bus: BusConnection, key: string | undefined): Promise<Applied> {
  try {
    return await readApplied(bus, key);
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== "not_found") throw error;
    return await readApplied(bus, undefined);
  }
}
