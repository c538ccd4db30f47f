import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BenchError } from "../bench-error.ts";
import type { BenchContext } from "../measurements/bench-context.ts";
import { checkLedgers } from "../measurements/check-ledgers.ts";
import { type LoadSettings, measureLoad, sendLoad } from "../measurements/measured-load.ts";
import { SampleBook, type Samples } from "../measurements/sample-book.ts";
import { startMeshTarget } from "../targets/mesh-target.ts";
import type { Target } from "../targets/target.ts";
import { casePath, type LimitCase, limitCases, writeLimitResources } from "./limit-cases.ts";
import { limitFigures } from "./limit-figures.ts";

export interface LimitsOptions {
  rounds: number;
  seconds: number;
  /** More arguments of `sluice start`. */
  meshArguments: readonly string[];
  signal: AbortSignal;
}

/** Requests a second where latency is measured. */
const rate = 100;
const connections = 64;

/**
 * Starts one mesh with a route for each case, and measures in turns what limits and the cache add to a request. All
 * requests have the same key, of a team and a user.
 * @throws BenchError as the loads of other measurements do
 */
export async function runLimits(context: BenchContext, options: LimitsOptions): Promise<Samples> {
  const { rounds, seconds, meshArguments, signal } = options;
  const book = new SampleBook();
  const folder = await mkdtemp(join(tmpdir(), "sluice-bench-limits-"));
  let mesh: Target | undefined;
  try {
    await writeLimitResources(folder, context.model);
    mesh = await startMeshTarget({
      name: "limits",
      upstreamUrl: context.upstream.url,
      collectorUrl: context.collectorUrl,
      startArguments: ["-f", folder, ...meshArguments],
      signal,
    });
    const headers = { authorization: `Bearer ${await createKey(mesh)}` };
    const gateway = mesh.baseUrl.replace(/\/v1$/, "");
    // The same name for all: they are one mesh, with one ledger.
    const base = { ...mesh, headers };
    const targetOf = (each: LimitCase): Target => ({ ...base, baseUrl: gateway + casePath(each) });
    for (const each of limitCases) await warmUp(context, targetOf(each), each, seconds * 2);
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < limitCases.length; turn++) {
        const each = limitCases[(round + turn) % limitCases.length];
        if (each === undefined) continue;
        await measureCase(context, book, targetOf(each), each, seconds);
        context.tell(`round ${round + 1} of ${rounds}: ${each.name}`);
      }
    }
    await checkLedgers({ ...context, targets: [base] });
    return book.samples;
  } finally {
    await mesh?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function createKey(mesh: Target): Promise<string> {
  if (mesh.sluice === undefined) throw new BenchError(`${mesh.name} takes no commands.`);
  const printed = await mesh.sluice("keys", "create", "--name", "bench", "--team", "search", "--user", "ada");
  return printed.trim();
}

async function warmUp(
  context: BenchContext,
  target: Target,
  each: LimitCase,
  seconds: number,
): Promise<void> {
  // The one request whose reply all others are given.
  if (each.isSame) {
    const settings = { ...settingsOf(each), isFromCache: false, maxRequests: 1, durationMs: 60_000 };
    await sendLoad(context, target, { ...settings, pace: { kind: "closed", connections: 1 } });
  }
  await sendLoad(context, target, {
    ...settingsOf(each),
    pace: { kind: "closed", connections },
    durationMs: seconds * 1000,
  });
}

async function measureCase(
  context: BenchContext,
  book: SampleBook,
  target: Target,
  each: LimitCase,
  seconds: number,
): Promise<void> {
  const common = { ...settingsOf(each), durationMs: seconds * 1000 };
  const { latencyMs } = await measureLoad(context, target, {
    ...common,
    pace: { kind: "open", requestsPerSecond: rate },
  });
  const loaded = await measureLoad(context, target, { ...common, pace: { kind: "closed", connections } });
  const cpu = Object.entries(loaded.cpuMs).map(([service, cpuMs]) => [service, cpuMs / loaded.answered]);
  book.add(
    each.name,
    limitFigures,
    {
      values: {
        p50Ms: latencyMs.p50,
        p99Ms: latencyMs.p99,
        requestsPerSecond: loaded.answered / (loaded.elapsedMs / 1000),
      },
      cpuMsPerRequest: Object.fromEntries(cpu),
    },
    undefined,
  );
}

function settingsOf({ isSame }: LimitCase): Pick<LoadSettings, "mode" | "isVaried" | "isFromCache"> {
  return { mode: { kind: "plain" }, isVaried: !isSame, isFromCache: isSame };
}
