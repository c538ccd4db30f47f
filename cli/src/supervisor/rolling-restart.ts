import type { ServiceName } from "@sluice/contracts/service-name";
import type { KeptProcess } from "./kept-process.ts";
import type { MeshProcesses } from "./mesh-processes.ts";
import type { StopTime } from "./running-process.ts";

/** Who reads a message is new before who writes it: a new reader knows the old messages, too. */
const order: readonly ServiceName[] = ["ledger", "router", "guard", "auth", "ingress"];

/** How long a process that was replaced may go on with what it has open, as long streams. */
const drainMs = 10 * 60_000;
/** Past that it breaks off and settles, and is killed when it does not get there. */
const settleMs = 10_000;
/** A process that has to make room for its successor has less: it is missed. */
const makeRoomTime: StopTime = { drainMs: 10_000, killAfterMs: 15_000 };
/** How long to wait for the end of a process that was replaced before the next one's turn comes. */
const patienceMs = 5_000;

/**
 * Replaces the processes of some services by new ones, one after the other: the successor is ready before its
 * predecessor is asked to end. A predecessor with long streams goes on with them in the background.
 *
 * @param tell takes each step in a line
 * @returns whether all were replaced; at the first one that can't be, the rest is left as it is
 */
export async function restartServices(
  processes: MeshProcesses,
  services: readonly ServiceName[],
  tell: (line: string) => void,
): Promise<boolean> {
  const places = placesOf(processes, services, tell);
  for (const [index, place] of places.entries()) {
    try {
      await replace(place, tell);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const left = places.length - index - 1;
      tell(
        `The restart ends here: ${reason}${place.running === undefined ? "" : ` ${place.running.instance} goes on.`}`,
      );
      if (left > 0) tell(`${left} more ${left === 1 ? "process was" : "processes were"} left as they are.`);
      return false;
    }
  }
  const draining = places.flatMap((place) => place.draining);
  tell(
    draining.length === 0
      ? "The restart is complete."
      : `The restart is complete; ${draining.length} of the old processes still finish what they have open.`,
  );
  return true;
}

/** In the order in which they are replaced. */
function placesOf(
  processes: MeshProcesses,
  services: readonly ServiceName[],
  tell: (line: string) => void,
): readonly KeptProcess[] {
  const compact = processes.of("compact");
  if (compact.length === 0) {
    return order.filter((service) => services.includes(service)).flatMap((service) => processes.of(service));
  }
  if (services.length < order.length)
    tell("All services are one process here, which is replaced as a whole.");
  return compact;
}

async function replace(place: KeptProcess, tell: (line: string) => void): Promise<void> {
  const time = place.mayOverlap ? { drainMs, killAfterMs: drainMs + settleMs } : makeRoomTime;
  const { predecessor, successor } = await place.replace(time);
  tell(`${place.service}: ${successor.instance} (process ${successor.pid}) is ready.`);
  const { promise: impatience, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, patienceMs, undefined);
  const how = await Promise.race([predecessor.ended, impatience]);
  clearTimeout(timer);
  const name = `${predecessor.instance} (process ${predecessor.pid})`;
  tell(
    how === undefined
      ? `${place.service}: ${name} goes on with what it has open, for ${drainMs / 60_000} minutes at most.`
      : `${place.service}: ${name} has ended.`,
  );
}
