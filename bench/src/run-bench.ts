import { BenchError } from "./bench-error.ts";
import type { BenchOptions } from "./bench-options.ts";
import { limitCases } from "./limits/limit-cases.ts";
import { type LimitsRun, limitsReport } from "./limits/limits-report.ts";
import { runLimits } from "./limits/run-limits.ts";
import { allMeasurements } from "./measurements/all-measurements.ts";
import { checkLedgers } from "./measurements/check-ledgers.ts";
import { measureAll } from "./measurements/measure-all.ts";
import type { MeasurementName } from "./measurements/measurement-name.ts";
import { baseTarget } from "./measurements/sample-book.ts";
import { type BenchSetUp, withBench } from "./measurements/with-bench.ts";
import { runProfile } from "./profile/run-profile.ts";
import { benchReport } from "./report/bench-report.ts";
import { goalResults } from "./report/goals.ts";
import { describeMachine } from "./report/machine.ts";
import type { BenchResult } from "./report/result.ts";
import { writeResult } from "./report/write-result.ts";
import { runScale, scaleName } from "./scale/run-scale.ts";
import { type ScaleRun, scaleReport } from "./scale/scale-report.ts";
import type { ScaleSize } from "./scale/scale-resources.ts";
import { runSoak, type SoakResult } from "./soak/run-soak.ts";
import { type SoakRun, soakReport } from "./soak/soak-report.ts";
import { isTargetName, type TargetName } from "./targets/target-name.ts";

export interface Surroundings {
  /** Ends everything; the run fails then. */
  signal: AbortSignal;
  /** Takes lines of progress, and the results. */
  tell: (line: string) => void;
}

/** Does what the options ask for. @throws BenchError when it can't, or when the figures would be worth nothing */
export async function runBench(options: BenchOptions, { signal, tell }: Surroundings): Promise<void> {
  if (process.platform !== "linux") throw new BenchError("It runs on Linux only: it reads /proc.");
  const { peers, model, replicas, upstreamPort, targets: names } = options;
  const meshArguments = replicas === undefined ? [] : ["--replicas", replicas];
  const setUp: BenchSetUp = { names, peers, model, upstreamPort, meshArguments, signal, tell };
  if (options.profile.length > 0) await profile(options, setUp);
  else if (options.scale !== undefined) await scale(options, options.scale, setUp);
  else if (options.limits === true) await limits(options, setUp);
  else if (options.soak !== undefined) await soak(options, options.soak, setUp);
  else await measure(options, setUp);
}

async function measure(options: BenchOptions, setUp: BenchSetUp): Promise<void> {
  const { only, rounds, seconds, model, replicas } = options;
  const startedAt = new Date().toISOString();
  const machine = describeMachine();
  const names = withBase(setUp.names, only);
  const result = await withBench({ ...setUp, names }, async (context): Promise<BenchResult> => {
    const measured = await measureAll(context, { only, rounds, seconds });
    await checkLedgers(context);
    const targets = context.targets.map(({ name }) => name);
    const parameters = { targets, only, rounds, seconds, model, replicas };
    return { startedAt, machine, parameters, goals: goalResults(measured.samples), ...measured };
  });
  await publish(options, startedAt, result, benchReport(result), setUp.tell);
}

/** What is added to a latency is added to that of `direct`, so it is measured beside the others. */
function withBase(names: readonly TargetName[], only: readonly MeasurementName[]): readonly TargetName[] {
  const needsBase = only.some((name) => allMeasurements[name].figures.some(({ isAdded }) => isAdded));
  return needsBase && !names.includes(baseTarget) ? [baseTarget, ...names] : names;
}

async function soak(options: BenchOptions, requests: number, setUp: BenchSetUp): Promise<void> {
  const startedAt = new Date().toISOString();
  const machine = describeMachine();
  const soaks = await withBench({ ...setUp, peers: [] }, async (context) => {
    const results: SoakResult[] = [];
    for (const target of context.targets) {
      if (target.processes.length > 0) results.push(await runSoak(context, target, requests));
    }
    await checkLedgers(context);
    return results;
  });
  if (soaks.length === 0) throw new BenchError("--soak needs a target that runs here, such as mesh.");
  const run: SoakRun = { startedAt, machine, requests, soaks };
  await publish({ ...options, name: `${options.name}-soak` }, startedAt, run, soakReport(run), setUp.tell);
}

/** Beside a hundredth of it. */
async function scale(options: BenchOptions, large: ScaleSize, setUp: BenchSetUp): Promise<void> {
  const { rounds, seconds } = options;
  const startedAt = new Date().toISOString();
  const machine = describeMachine();
  const small = { routes: Math.ceil(large.routes / 100), keys: Math.ceil(large.keys / 100) };
  const sizes = [small, large];
  const samples = await withBench({ ...setUp, names: [], peers: [] }, (context) =>
    runScale(context, { sizes, rounds, seconds, signal: setUp.signal }),
  );
  const run: ScaleRun = { startedAt, machine, rounds, seconds, meshes: sizes.map(scaleName), samples };
  await publish({ ...options, name: `${options.name}-scale` }, startedAt, run, scaleReport(run), setUp.tell);
}

async function limits(options: BenchOptions, setUp: BenchSetUp): Promise<void> {
  const { rounds, seconds } = options;
  const { meshArguments, signal } = setUp;
  const startedAt = new Date().toISOString();
  const machine = describeMachine();
  const samples = await withBench({ ...setUp, names: [], peers: [] }, (context) =>
    runLimits(context, { rounds, seconds, meshArguments, signal }),
  );
  const cases = limitCases.map(({ name }) => name);
  const run: LimitsRun = { startedAt, machine, rounds, seconds, cases, samples };
  await publish(
    { ...options, name: `${options.name}-limits` },
    startedAt,
    run,
    limitsReport(run),
    setUp.tell,
  );
}

/** A process of a target of its own name, or else services of the mesh. */
async function profile(options: BenchOptions, setUp: BenchSetUp): Promise<void> {
  const [first = ""] = options.profile;
  const name = isTargetName(first) && first !== "direct" ? first : "mesh";
  await withBench({ ...setUp, peers: [], names: [name] }, (context) =>
    runProfile(context, {
      services: options.profile,
      scenario: options.profileScenario,
      seconds: options.seconds,
      warmUpSeconds: Math.min(options.seconds, 5),
      folder: options.out,
      name: `${new Date().toISOString().slice(0, 10)}-${options.name}`,
    }),
  );
}

async function publish(
  { out, name }: BenchOptions,
  startedAt: string,
  result: object,
  report: string,
  tell: (line: string) => void,
): Promise<void> {
  const file = await writeResult({ folder: out, name, startedAt }, result, report);
  tell(`\n${report}\n${file}`);
}
