import { CommandError } from "../command-error.ts";
import type { ServerContext } from "./mesh-servers.ts";
import type { ProcessDefinition } from "./process-definition.ts";
import type { RunningProcess } from "./running-process.ts";
import { startServiceProcess } from "./service-process.ts";

/** The processes as they run first, by kind. */
export type StartedServices = readonly { service: string; process: RunningProcess }[];

/** Starts all processes at once; when one does not start, the others have ended or are ready when this throws. */
export async function startServices(
  definitions: readonly ProcessDefinition[],
  { processes, logFile, tell }: ServerContext,
  signal: AbortSignal,
): Promise<StartedServices> {
  const failed = new AbortController();
  const starts = definitions.flatMap((definition) =>
    Array.from({ length: definition.replicas }, async (_, index) => {
      const { service, script, sockets = [], takesStopMessage } = definition;
      const log = await logFile(`${service}-${index + 1}`);
      const kept = processes.add({
        service,
        tell,
        mayOverlap: definition.mayOverlap(index),
        start: (stopping) =>
          startServiceProcess({
            service,
            script,
            environment: definition.environment(index),
            logFile: log,
            signal: AbortSignal.any([stopping, signal, failed.signal]),
            sockets,
            takesStopMessage,
          }),
      });
      try {
        return { service, process: await kept.begin() };
      } catch (error) {
        failed.abort();
        throw error;
      }
    }),
  );
  return await allSettledOrThrow(...starts);
}

/** Like Promise.all, but nothing is still under way when it rejects, and the first failure is the one that is told. */
export async function allSettledOrThrow<Results extends unknown[]>(
  ...promises: { [Index in keyof Results]: Promise<Results[Index]> }
): Promise<Results> {
  try {
    return (await Promise.all(promises)) as Results;
  } finally {
    await Promise.allSettled(promises);
  }
}

/** Where clients on this machine reach a service. @throws CommandError when it did not say */
export function urlOf(running: StartedServices, service: string): string {
  const inProcesses = running.flatMap(({ process }) => process.services ?? []);
  const url =
    running.find((one) => one.service === service)?.process.url ??
    inProcesses.find((one) => one.service === service)?.url;
  if (url === undefined) throw new CommandError(`The ${service} did not say where it listens.`);
  return reachable(url);
}

/** An address that listens on all interfaces is reached on loopback. */
function reachable(url: string): string {
  const parsed = new URL(url);
  if (parsed.hostname === "0.0.0.0") parsed.hostname = "127.0.0.1";
  if (parsed.hostname === "[::]") parsed.hostname = "[::1]";
  return parsed.origin;
}
