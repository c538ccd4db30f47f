import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BenchError } from "../bench-error.ts";
import type { BenchContext } from "../measurements/bench-context.ts";
import { type LoadSettings, sendLoad } from "../measurements/measured-load.ts";
import { flameGraph } from "./flame-graph.ts";
import { foldProfile } from "./fold-profile.ts";
import { profileProcesses } from "./profile-processes.ts";
import { topFunctions } from "./top-functions.ts";

export const profileScenarios = {
  throughput: { mode: { kind: "plain" }, pace: { kind: "closed", connections: 64 } },
  streams: {
    mode: { kind: "stream", chunks: 200, chunksPerBurst: 1, firstTokenDelayMs: 0, burstPauseMs: 0 },
    pace: { kind: "closed", connections: 50 },
  },
} satisfies Record<string, Omit<LoadSettings, "durationMs">>;
export type ProfileScenario = keyof typeof profileScenarios;

export interface ProfileOptions {
  /** Names of services; all processes of each. */
  services: readonly string[];
  scenario: ProfileScenario;
  seconds: number;
  warmUpSeconds: number;
  /** Where the files go. */
  folder: string;
  /** Beginning of their names. */
  name: string;
}

const projectFolder = fileURLToPath(new URL("../../../", import.meta.url));
const functionsInTable = 40;

/**
 * Profiles the named services of the first target under a load: a `.cpuprofile` (for Chrome's DevTools and speedscope),
 * a flame graph, and the functions that took most time.
 */
export async function runProfile(context: BenchContext, options: ProfileOptions): Promise<void> {
  const { services, scenario, folder, tell } = { ...options, tell: context.tell };
  const target = context.targets[0];
  if (target === undefined) throw new BenchError("There is nothing to profile.");
  const processes = target.processes.filter(({ service }) => services.includes(service));
  const missing = services.filter((name) => !processes.some(({ service }) => service === name));
  if (missing.length > 0) {
    const known = [...new Set(target.processes.map(({ service }) => service))].join(", ");
    throw new BenchError(
      `--profile ${missing.join(" ")}: ${target.name} has no such service. It has: ${known}.`,
    );
  }
  const load = (seconds: number) =>
    sendLoad(context, target, { ...profileScenarios[scenario], durationMs: seconds * 1000 });
  tell(`warming up ${target.name} for ${options.warmUpSeconds} s`);
  await load(options.warmUpSeconds);
  tell(`profiling ${services.join(", ")} under ${scenario} for ${options.seconds} s`);
  const profiles = await profileProcesses(processes, async () => {
    const { answered, elapsedMs } = await load(options.seconds);
    tell(`${((answered / elapsedMs) * 1000).toFixed(0)} requests/s while profiled`);
  });
  await mkdir(folder, { recursive: true });
  for (const { service, pid, profile } of profiles) {
    const isOnly = profiles.filter((other) => other.service === service).length === 1;
    const file = join(folder, `${options.name}-${scenario}-${service}${isOnly ? "" : `-${pid}`}`);
    const tree = foldProfile(profile, projectFolder);
    await writeFile(`${file}.cpuprofile`, JSON.stringify(profile));
    await writeFile(`${file}.svg`, flameGraph(`${service} under ${scenario}`, tree));
    const wallMs = profile.timeDeltas.reduce((sum, deltaUs) => sum + deltaUs, 0) / 1000;
    tell(`\n${service} (${pid}): at work ${((tree.totalMs / wallMs) * 100).toFixed(0)}% of the time`);
    for (const { name, place, selfMs, share } of topFunctions(tree, functionsInTable)) {
      tell(`${(share * 100).toFixed(1).padStart(5)}% ${selfMs.toFixed(0).padStart(6)} ms  ${name}  ${place}`);
    }
    tell(`${file}.svg\n${file}.cpuprofile`);
  }
}
