import { readlinkSync } from "node:fs";
import { basename } from "node:path";
import { z } from "zod";
import type { WatchedProcess } from "../processes/usage.ts";
import { withInspector } from "../profile/inspector-session.ts";

const usageSchema = z.object({ usedSize: z.number() });

/**
 * Has processes collect their garbage and says what is left: what a leak would make grow, whatever the collector has
 * kept of the system's memory for later.
 * @returns bytes by service; without those that are no processes of Node
 */
export async function retainedHeap(processes: readonly WatchedProcess[]): Promise<Record<string, number>> {
  const bytes: Record<string, number> = {};
  for (const { service, pid } of processes) {
    if (basename(readlinkSync(`/proc/${pid}/exe`)) !== "node") continue;
    const { usedSize } = await withInspector(pid, async (session) => {
      await session.call("HeapProfiler.collectGarbage");
      return usageSchema.parse(await session.call("Runtime.getHeapUsage"));
    });
    bytes[service] = (bytes[service] ?? 0) + usedSize;
  }
  return bytes;
}
