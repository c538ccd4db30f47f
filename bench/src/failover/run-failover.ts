import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadResult } from "../load/load-job.ts";
import type { BenchContext } from "../measurements/bench-context.ts";
import { sendLoad } from "../measurements/measured-load.ts";
import type { Samples } from "../measurements/sample-book.ts";
import { startMeshTarget } from "../targets/mesh-target.ts";
import type { Target } from "../targets/target.ts";
import { startFailingUpstream } from "./failing-upstream.ts";
import { failingTargets, failoverResources, healthyName } from "./failover-resources.ts";

export interface FailoverOptions {
  /** Of each load. */
  requests: number;
  rounds: number;
  signal: AbortSignal;
}

/** Requests a second. A target that hangs has so many of them open as come in its time. */
export const failoverRate = 50;
/** Requests with which a breaker is opened before its load. */
const openingRequests = 25;
/** Requests with which all parts of the mesh have worked before anything is measured. */
const warmUpRequests = 1_000;

/** What is measured: the first target that fails in every request, or that is left alone. */
export const failoverStates = ["every request", "left alone"] as const;

/** Key of a figure. */
export function failoverKey(state: (typeof failoverStates)[number], percentile: "p50" | "p99"): string {
  return `${state} ${percentile}`;
}

/**
 * Starts a mesh with models of two targets, and measures in turns what it adds to a request that its first target fails:
 * less the latency of one whose first target answers, in the same round.
 * @returns by the name of the first target; `healthy` has its own latency
 * @throws BenchError when a request was not answered
 */
export async function runFailover(context: BenchContext, options: FailoverOptions): Promise<Samples> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-bench-failover-"));
  const failing = await startFailingUpstream();
  const firsts = failingTargets(failing.url);
  let mesh: Target | undefined;
  try {
    const resources = failoverResources(context.upstream.url, firsts, context.model);
    await writeFile(join(folder, "failover.yaml"), resources);
    context.tell("starting a mesh with models of two targets");
    mesh = await startMeshTarget({
      name: "failover",
      upstreamUrl: context.upstream.url,
      collectorUrl: context.collectorUrl,
      startArguments: ["-f", folder],
      signal: options.signal,
    });
    const load = (model: string, requests: number, modelPerRequest: boolean) =>
      sendLoad({ ...context, model }, mesh as Target, {
        mode: { kind: "plain" },
        pace: { kind: "open", requestsPerSecond: failoverRate },
        durationMs: (requests * 1000) / failoverRate,
        modelPerRequest,
      });
    await load(`${healthyName}/warm-`, warmUpRequests, true);
    const samples: Samples = {};
    const keep = (
      name: string,
      state: (typeof failoverStates)[number],
      { latencyMs }: LoadResult,
      base?: LoadResult,
    ) => {
      for (const percentile of ["p50", "p99"] as const) {
        const key = failoverKey(state, percentile);
        const value = latencyMs[percentile] - (base?.latencyMs[percentile] ?? 0);
        samples[name] = { ...samples[name], [key]: [...(samples[name]?.[key] ?? []), value] };
      }
    };
    const { requests, rounds } = options;
    for (let round = 0; round < rounds; round++) {
      // A name that no round before had: nothing is held against its first target.
      const own = (name: string, suffix = "") => `${name}/${round}${suffix}-`;
      const healthy = await load(own(healthyName), requests, true);
      keep(healthyName, "every request", healthy);
      for (const [index, { name }] of firsts.entries()) {
        const every = await load(own(name), requests, true);
        keep(name, "every request", every, healthy);
        await load(own(name, "-open"), openingRequests, false);
        const alone = await load(own(name, "-open"), requests, false);
        keep(name, "left alone", alone, healthy);
        context.tell(
          `round ${round + 1} of ${rounds}, ${index + 1} of ${firsts.length}, ${name}: ` +
            `${every.answered} and ${alone.answered} of ${requests} answered`,
        );
      }
    }
    return samples;
  } finally {
    await mesh?.stop();
    await failing.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
