import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BenchError } from "../bench-error.ts";
import { type ChildProgram, startChildProgram } from "../children/child-program.ts";
import { type LoadJob, type LoadResult, loadResultSchema } from "../load/load-job.ts";
import type { BenchContext } from "../measurements/bench-context.ts";
import { checkLedgers } from "../measurements/check-ledgers.ts";
import { SampleBook, type Samples } from "../measurements/sample-book.ts";
import { startMeshTarget } from "../targets/mesh-target.ts";
import type { Target } from "../targets/target.ts";
import { type UpstreamMode, upstreamCountSchema } from "../upstream/upstream-mode.ts";
import { strategyFigures } from "./strategy-figures.ts";
import { type ComparedStrategy, comparedStrategies, writeStrategyResources } from "./strategy-resources.ts";

export interface StrategiesOptions {
  rounds: number;
  seconds: number;
  signal: AbortSignal;
}

/** Instances of a model, one of which is slow. */
export const instances = 3;
export const requestsPerSecond = 50;
const chunks = 20;
/** Time to the first token, and between two chunks. Milliseconds. */
export const paces = { usual: { first: 50, between: 5 }, slow: { first: 500, between: 50 } };

/**
 * Starts a mesh whose models have the same three targets and a strategy each, and measures them in turns. In each load
 * one of the three is slow, another one in each round: whoever chooses has to find that out while the load runs.
 * @throws BenchError when a request was not answered 2xx and whole, or the instances answered another number of them
 */
export async function runStrategies(context: BenchContext, options: StrategiesOptions): Promise<Samples> {
  const book = new SampleBook();
  const root = await mkdtemp(join(tmpdir(), "sluice-bench-strategies-"));
  const upstreams: ChildProgram[] = [];
  let target: Target | undefined;
  try {
    for (let index = 0; index < instances; index++) {
      upstreams.push(await startChildProgram("upstream/main.ts", ["0"]));
    }
    await writeStrategyResources(
      root,
      upstreams.map(({ url }) => url),
    );
    context.tell("starting a mesh with a model for each strategy");
    target = await startMeshTarget({
      name: "strategies",
      upstreamUrl: context.upstream.url,
      collectorUrl: context.collectorUrl,
      startArguments: ["-f", root],
      signal: options.signal,
    });
    const bench: StrategyBench = { context, upstreams, target };
    for (const strategy of comparedStrategies) await load(bench, strategy, undefined, options.seconds);
    for (let round = 0; round < options.rounds; round++) {
      for (let turn = 0; turn < comparedStrategies.length; turn++) {
        const strategy = comparedStrategies[(round + turn) % comparedStrategies.length];
        if (strategy === undefined) continue;
        const { result, slowPercent } = await load(bench, strategy, round % instances, options.seconds);
        const { p50, p90, p99 } = result.firstTokenMs;
        const latencyP99Ms = result.latencyMs.p99;
        const values = {
          firstTokenP50Ms: p50,
          firstTokenP90Ms: p90,
          firstTokenP99Ms: p99,
          latencyP99Ms,
          slowPercent,
        };
        book.add(strategy, strategyFigures, { values }, undefined);
        context.tell(
          `round ${round + 1} of ${options.rounds}, ${strategy}: first token p99 ${p99.toFixed(0)} ms`,
        );
      }
    }
    await checkLedgers({ ...context, targets: [target] });
    return book.samples;
  } finally {
    await target?.stop();
    for (const upstream of upstreams) await upstream.stop();
    await rm(root, { recursive: true, force: true });
  }
}

interface StrategyBench {
  context: BenchContext;
  upstreams: readonly ChildProgram[];
  target: Target;
}

/** @param slow which of the instances is; undefined for none */
async function load(
  { context, upstreams, target }: StrategyBench,
  strategy: ComparedStrategy,
  slow: number | undefined,
  seconds: number,
): Promise<{ result: LoadResult; slowPercent: number }> {
  const ask = (upstream: ChildProgram, index: number) =>
    upstream.ask({ mode: modeOf(index === slow ? paces.slow : paces.usual) });
  await Promise.all(upstreams.map(ask));
  const job: LoadJob = {
    url: `${target.baseUrl}/chat/completions`,
    headers: target.headers,
    model: strategy,
    bodyBytes: 1024,
    chunks,
    pace: { kind: "open", requestsPerSecond },
    durationMs: seconds * 1000,
  };
  const result = loadResultSchema.parse(await context.loadGenerator.ask(job));
  const counts = await Promise.all(
    upstreams.map(async (upstream, index) => upstreamCountSchema.parse(await ask(upstream, index)).answered),
  );
  const counted = counts.reduce((sum, count) => sum + count, 0);
  const failed = Object.entries(result.failures).map(([failure, count]) => `${count}× ${failure}`);
  if (failed.length > 0) throw new BenchError(`${strategy} failed requests: ${failed.join(", ")}.`);
  if (counted !== result.answered) {
    throw new BenchError(
      `${strategy} answered ${result.answered} requests, and its instances ${counted}: some were called twice.`,
    );
  }
  context.answered.set(target.name, (context.answered.get(target.name) ?? 0) + result.answered);
  const ofSlow = slow === undefined ? 0 : (counts[slow] ?? 0);
  return { result, slowPercent: (100 * ofSlow) / Math.max(1, counted) };
}

function modeOf({ first, between }: { first: number; between: number }): UpstreamMode {
  return { kind: "stream", chunks, chunksPerBurst: 1, firstTokenDelayMs: first, burstPauseMs: between };
}
