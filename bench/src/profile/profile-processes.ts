import { z } from "zod";
import type { WatchedProcess } from "../processes/usage.ts";
import { type CpuProfile, cpuProfileSchema } from "./cpu-profile.ts";
import { withInspector } from "./inspector-session.ts";

export interface ProcessProfile extends WatchedProcess {
  profile: CpuProfile;
}

const stoppedSchema = z.object({ profile: cpuProfileSchema });
/** Of 1000 µs by default: short functions want a closer look. */
const samplingIntervalUs = 250;

/** Profiles running processes while `load` runs, and closes their inspectors again. */
export async function profileProcesses(
  processes: readonly WatchedProcess[],
  load: () => Promise<void>,
): Promise<ProcessProfile[]> {
  const allRun = Promise.withResolvers<void>();
  const loaded = Promise.withResolvers<void>();
  let running = 0;
  const profiles = processes.map((process) =>
    withInspector(process.pid, async (session) => {
      await session.call("Profiler.enable");
      await session.call("Profiler.setSamplingInterval", { interval: samplingIntervalUs });
      await session.call("Profiler.start");
      running++;
      if (running === processes.length) allRun.resolve();
      await loaded.promise;
      const { profile } = stoppedSchema.parse(await session.call("Profiler.stop"));
      return { ...process, profile };
    }),
  );
  const all = Promise.all(profiles);
  try {
    await Promise.race([allRun.promise, all]);
    await load();
  } finally {
    loaded.resolve();
    await Promise.allSettled(profiles);
  }
  return await all;
}
