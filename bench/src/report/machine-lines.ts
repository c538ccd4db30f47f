import type { Machine } from "./machine.ts";

/** What the figures were taken on, for people. */
export function machineLines({
  cpu,
  cores,
  memoryGib,
  kernel,
  loadBefore,
  versions,
  commit,
}: Machine): string {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version.replace(/^v/, "")}`);
  return (
    `${cpu}, ${cores} cores, ${memoryGib.toFixed(0)} GiB, ${kernel}; load before the start ${loadBefore.toFixed(1)}.\n` +
    `${list.join(", ")}; Sluice at ${commit}.`
  );
}
