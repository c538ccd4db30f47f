import { BenchError } from "../bench-error.ts";
import { type LoadJob, type LoadResult, loadResultSchema } from "../load/load-job.ts";
import { readMachineCpuMs } from "../processes/machine-cpu.ts";
import { untilQuiet } from "../processes/until-quiet.ts";
import { cpuBetween, readUsage, type Usage, type WatchedProcess } from "../processes/usage.ts";
import type { Target } from "../targets/target.ts";
import { type UpstreamMode, upstreamCountSchema } from "../upstream/upstream-mode.ts";
import type { BenchContext } from "./bench-context.ts";

/** A load without the target's own part. */
export interface LoadSettings {
  mode: UpstreamMode;
  pace: LoadJob["pace"];
  /** @default 1024 */
  bodyBytes?: number;
  durationMs: number;
  /** Whether each request is another one. @default false */
  isVaried?: boolean;
  /** Whether no request reaches the upstream. @default false */
  isFromCache?: boolean;
  /** Of a closed load. @default as many as the time has room for */
  maxRequests?: number;
  /** Whether each request asks for a model of its own. @default false */
  modelPerRequest?: boolean;
}

export interface MeasuredLoad extends LoadResult {
  /** CPU time of each service of the target, from the first request until it rested again; upstream and load too. */
  cpuMs: Record<string, number>;
  /** The largest that was seen, by service. */
  residentBytes: Record<string, number>;
  /** CPU that neither the target nor the bench used while the load ran, in cores. */
  othersCores: number;
  /** How long the target worked on after the last answer. */
  settleMs: number;
}

const watchMemoryEveryMs = 250;

/**
 * Puts a load on a target.
 * @throws BenchError when a request was not answered 2xx and whole, or the upstream answered another number of them
 */
export async function sendLoad(
  context: BenchContext,
  target: Target,
  settings: LoadSettings,
): Promise<LoadResult> {
  const { upstream, loadGenerator } = context;
  await upstream.ask({ mode: settings.mode });
  const result = loadResultSchema.parse(await loadGenerator.ask(jobFor(context, target, settings)));
  const counted = upstreamCountSchema.parse(await upstream.ask({ mode: settings.mode })).answered;
  checkAnswers(target.name, result, counted, settings.isFromCache === true);
  // What came from a cache was no call.
  if (settings.isFromCache !== true) {
    context.answered.set(target.name, (context.answered.get(target.name) ?? 0) + result.answered);
  }
  return result;
}

/** Puts a load on a target, waits until it rests, and says what it cost. @throws BenchError as `sendLoad` does */
export async function measureLoad(
  context: BenchContext,
  target: Target,
  settings: LoadSettings,
): Promise<MeasuredLoad> {
  const processes: WatchedProcess[] = [
    ...target.processes,
    { service: "upstream (bench)", pid: context.upstream.pid },
    { service: "load (bench)", pid: context.loadGenerator.pid },
  ];
  const residentBytes: Record<string, number> = {};
  const before = readUsage(processes);
  const machineBefore = readMachineCpuMs();
  const benchBefore = process.cpuUsage();
  const watch = setInterval(() => keepLargest(residentBytes, readUsage(processes)), watchMemoryEveryMs);
  try {
    const result = await sendLoad(context, target, settings);
    const { user, system } = process.cpuUsage(benchBefore);
    const ownMs = sum(cpuBetween(before, readUsage(processes))) + (user + system) / 1000;
    const othersMs = readMachineCpuMs() - machineBefore - ownMs;
    const settleMs = await untilQuiet(target.processes);
    return {
      ...result,
      cpuMs: cpuBetween(before, readUsage(processes)),
      residentBytes,
      othersCores: Math.max(0, othersMs / result.elapsedMs),
      settleMs,
    };
  } finally {
    clearInterval(watch);
  }
}

function jobFor({ model }: BenchContext, target: Target, settings: LoadSettings): LoadJob {
  return {
    url: `${target.baseUrl}/chat/completions`,
    headers: target.headers,
    model,
    bodyBytes: settings.bodyBytes ?? 1024,
    ...(settings.isVaried === undefined ? {} : { isVaried: settings.isVaried }),
    chunks: settings.mode.kind === "stream" ? settings.mode.chunks : 0,
    pace: settings.pace,
    durationMs: settings.durationMs,
    ...(settings.maxRequests === undefined ? {} : { maxRequests: settings.maxRequests }),
    ...(settings.modelPerRequest === true ? { modelPerRequest: true } : {}),
  };
}

function checkAnswers(
  target: string,
  { answered, failures }: LoadResult,
  counted: number,
  isFromCache: boolean,
): void {
  const failed = Object.entries(failures);
  if (failed.length > 0) {
    const list = failed.map(([failure, count]) => `${count}× ${failure}`).join(", ");
    throw new BenchError(`${target} failed requests, so its figures are worth nothing: ${list}.`);
  }
  if (isFromCache && counted > 0) {
    throw new BenchError(`${target} asked the upstream ${counted} times for what it had in its cache.`);
  }
  if (!isFromCache && answered !== counted) {
    throw new BenchError(
      `${target} answered ${answered} requests, and the upstream ${counted}: some came from elsewhere, or twice.`,
    );
  }
}

function sum(values: Record<string, number>): number {
  return Object.values(values).reduce((total, value) => total + value, 0);
}

function keepLargest(largest: Record<string, number>, usage: Usage): void {
  for (const [service, { residentBytes }] of Object.entries(usage)) {
    largest[service] = Math.max(largest[service] ?? 0, residentBytes);
  }
}
