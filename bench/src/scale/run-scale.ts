import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BenchError } from "../bench-error.ts";
import type { BenchContext } from "../measurements/bench-context.ts";
import { checkLedgers } from "../measurements/check-ledgers.ts";
import { measureLoad } from "../measurements/measured-load.ts";
import { SampleBook, type Samples } from "../measurements/sample-book.ts";
import { startMeshTarget } from "../targets/mesh-target.ts";
import type { Target } from "../targets/target.ts";
import { scaleFigures } from "./scale-figures.ts";
import {
  routePath,
  type ScaleSize,
  writeChangedBackend,
  writeKeyOwners,
  writeScaleResources,
} from "./scale-resources.ts";

export interface ScaleOptions {
  /** Each of them is a mesh of its own; the first is what the others are compared with. */
  sizes: readonly ScaleSize[];
  rounds: number;
  seconds: number;
  signal: AbortSignal;
}

interface ScaledMesh {
  name: string;
  size: ScaleSize;
  folder: string;
  target: Target;
}

/** How a mesh is named after what it has. */
export function scaleName({ routes, keys }: ScaleSize): string {
  return `${routes} routes, ${keys} keys`;
}

/**
 * Starts a mesh for each size, and measures in turns what its configuration costs: to start with it, to change a part
 * of it, and for each request to find its route and its key. The request is for the route in the middle, and its key
 * is the one in the middle.
 * @throws BenchError as the loads of other measurements do
 */
export async function runScale(context: BenchContext, options: ScaleOptions): Promise<Samples> {
  const book = new SampleBook();
  const meshes: ScaledMesh[] = [];
  const root = await mkdtemp(join(tmpdir(), "sluice-bench-scale-"));
  try {
    for (const [index, size] of options.sizes.entries()) {
      const folder = join(root, String(index));
      meshes.push(await startScaledMesh(context, options, book, size, folder));
    }
    for (const { target } of meshes) await load(context, target, options.seconds * 2);
    for (let round = 0; round < options.rounds; round++) {
      for (let turn = 0; turn < meshes.length; turn++) {
        const mesh = meshes[(round + turn) % meshes.length];
        if (mesh !== undefined) await measureRound(context, options, book, mesh, round);
      }
    }
    await checkLedgers({ ...context, targets: meshes.map(({ target }) => target) });
    return book.samples;
  } finally {
    for (const { target } of meshes.reverse()) await target.stop();
    await rm(root, { recursive: true, force: true });
  }
}

async function startScaledMesh(
  context: BenchContext,
  { signal }: ScaleOptions,
  book: SampleBook,
  size: ScaleSize,
  folder: string,
): Promise<ScaledMesh> {
  const name = scaleName(size);
  context.tell(`starting a mesh with ${name}`);
  await writeScaleResources(folder, size.routes, context.model);
  const startedMs = performance.now();
  const started = await startMeshTarget({
    name: `scale-${size.routes}`,
    upstreamUrl: context.upstream.url,
    collectorUrl: context.collectorUrl,
    startArguments: ["-f", folder],
    signal,
  });
  const startSeconds = (performance.now() - startedMs) / 1000;
  const importMs = performance.now();
  const secrets = await importKeys(started, `${folder}-keys.csv`, size.keys);
  const importSeconds = (performance.now() - importMs) / 1000;
  const gateway = started.baseUrl.replace(/\/v1$/, "");
  const target: Target = {
    ...started,
    name,
    baseUrl: gateway + routePath(Math.floor(size.routes / 2)),
    headers: { authorization: `Bearer ${secrets[Math.floor(size.keys / 2)]}` },
  };
  book.add(name, scaleFigures, { values: { startSeconds, importSeconds } }, undefined);
  return { name, size, folder, target };
}

async function measureRound(
  context: BenchContext,
  options: ScaleOptions,
  book: SampleBook,
  { name, folder, target }: ScaledMesh,
  round: number,
): Promise<void> {
  // Another model each time, so that there is something to change.
  const changed = `${folder}-changed.yaml`;
  await writeChangedBackend(changed, `${context.model}-${round}`);
  const startedMs = performance.now();
  await apply(target, changed);
  const applySeconds = (performance.now() - startedMs) / 1000;
  await writeChangedBackend(changed, context.model);
  await apply(target, changed);
  const measured = await load(context, target, options.seconds);
  const requestsPerSecond = measured.answered / (measured.elapsedMs / 1000);
  book.add(
    name,
    scaleFigures,
    {
      values: { applySeconds, requestsPerSecond, loadedP50Ms: measured.latencyMs.p50 },
      cpuMsPerRequest: Object.fromEntries(
        Object.entries(measured.cpuMs).map(([service, cpuMs]) => [service, cpuMs / measured.answered]),
      ),
      residentBytes: measured.residentBytes,
    },
    undefined,
  );
  context.tell(
    `round ${round + 1} of ${options.rounds}, ${name}: change in force after ${applySeconds.toFixed(1)} s, ` +
      `${requestsPerSecond.toFixed(0)} requests/s`,
  );
}

function load(context: BenchContext, target: Target, seconds: number) {
  return measureLoad(context, target, {
    mode: { kind: "plain" },
    pace: { kind: "closed", connections: 64 },
    durationMs: seconds * 1000,
  });
}

/** @returns the secrets of the keys */
async function importKeys(target: Target, file: string, keys: number): Promise<string[]> {
  await writeKeyOwners(file, keys);
  const printed = await runSluice(target, "keys", "import", file);
  const secrets = printed.match(/sk-sluice-\S+/g) ?? [];
  if (secrets.length !== keys) throw new BenchError(`${target.name} made ${secrets.length} keys of ${keys}.`);
  return secrets;
}

async function apply(target: Target, file: string): Promise<void> {
  await runSluice(target, "apply", "-f", file, "--wait");
}

async function runSluice(target: Target, ...commandArguments: string[]): Promise<string> {
  if (target.sluice === undefined) throw new BenchError(`${target.name} takes no commands.`);
  return await target.sluice(...commandArguments);
}
