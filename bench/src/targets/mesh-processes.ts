import type { RunFile } from "@sluice/cli/run-file";
import type { WatchedProcess } from "../processes/usage.ts";

/**
 * All processes of a mesh, its servers and its supervisor among them, each of them once.
 * @param name What a process is called that is several services at once.
 */
export function meshProcesses(
  { processes, supervisor }: Pick<RunFile, "processes" | "supervisor">,
  name: string,
): WatchedProcess[] {
  const byPid = new Map<number, string>();
  const all =
    supervisor === undefined ? processes : [...processes, { service: "supervisor", pid: supervisor.pid }];
  for (const { service, pid } of all) {
    byPid.set(pid, byPid.has(pid) && byPid.get(pid) !== service ? name : service);
  }
  return [...byPid].map(([pid, service]) => ({ service, pid }));
}
