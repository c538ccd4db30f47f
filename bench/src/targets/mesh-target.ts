import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { readRunFile } from "@sluice/cli/run-file";
import { BenchError } from "../bench-error.ts";
import { bookedCalls } from "./booked-calls.ts";
import { type BoundProcess, startBoundProcess } from "./bound-process.ts";
import { meshProcesses } from "./mesh-processes.ts";
import { startMetricsScraper } from "./metrics-scraper.ts";
import type { Target } from "./target.ts";

export interface MeshTargetOptions {
  name: string;
  upstreamUrl: string;
  /** Where spans go, the base URL of a collector. */
  collectorUrl: string;
  /** More arguments of `sluice start`. */
  startArguments: readonly string[];
  /** File of its configuration. @default bench/sluice.yaml */
  configuration?: string;
  /** Gives the start up. */
  signal: AbortSignal;
}

const project = fileURLToPath(new URL("../../../", import.meta.url));
const command = join(project, "cli", "src", "main.ts");
const usualConfiguration = join(project, "bench", "sluice.yaml");
const run = promisify(execFile);
const maxPrintedBytes = 64 * 1024 * 1024;
const startTimeoutMs = 120_000;

/**
 * Starts Sluice as its users do, with a data folder of its own and everything on: keys, guard, ledger, traces of 1% of
 * the requests, and metrics that are read once a second.
 * @throws BenchError with what it printed when it does not start
 */
export async function startMeshTarget(options: MeshTargetOptions): Promise<Target> {
  const { name, signal } = options;
  const dataFolder = await mkdtemp(join(tmpdir(), `sluice-bench-${name}-`));
  const supervisor = startBoundProcess(
    process.execPath,
    [command, "start", ...options.startArguments],
    environment(options, dataFolder),
  );
  const stop = async (): Promise<void> => {
    await supervisor.stop();
    await rm(dataFolder, { recursive: true, force: true });
  };
  try {
    await untilReady(name, supervisor, signal);
    const started = await readRunFile(dataFolder);
    if (started === undefined) throw new BenchError(`${name} has no run file.`);
    const metricsUrls = new Set(started.processes.flatMap(({ metricsUrl }) => metricsUrl ?? []));
    const stopScraping = startMetricsScraper([...metricsUrls]);
    return {
      name,
      baseUrl: `${started.gateway}/v1`,
      headers: { authorization: `Bearer ${started.apiKey}` },
      processes: meshProcesses(started, name),
      booked: () => bookedCalls({ url: started.ledger, adminKey: started.adminKey }),
      sluice: (...commandArguments) => runCommand(dataFolder, commandArguments),
      stop: async () => {
        stopScraping();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function runCommand(dataFolder: string, commandArguments: readonly string[]): Promise<string> {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  try {
    const { stdout } = await run(process.execPath, [command, ...commandArguments], {
      env: { PATH, HOME, NODE_COMPILE_CACHE, SLUICE_DATA_DIR: dataFolder },
      maxBuffer: maxPrintedBytes,
    });
    return stdout;
  } catch (cause) {
    throw new BenchError(`sluice ${commandArguments.join(" ")} failed: ${String(cause)}`, { cause });
  }
}

/** Nothing of the caller's environment that would send requests, events or spans elsewhere. */
function environment(
  { upstreamUrl, collectorUrl, configuration = usualConfiguration }: MeshTargetOptions,
  dataFolder: string,
): NodeJS.ProcessEnv {
  const { PATH, HOME, USER, LANG, TMPDIR, NODE_COMPILE_CACHE } = process.env;
  return {
    PATH,
    HOME,
    USER,
    LANG,
    TMPDIR,
    NODE_COMPILE_CACHE,
    SLUICE_DATA_DIR: dataFolder,
    SLUICE_CONFIG: configuration,
    SLUICE_GATEWAY_PORT: "0",
    SLUICE_LEDGER_PORT: "0",
    OPENAI_BASE_URL: `${upstreamUrl}/v1`,
    OPENAI_API_KEY: "bench",
    OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
    OTEL_TRACES_SAMPLER_ARG: "0.01",
    // Takes any free port for the inspector when a profile is asked for by SIGUSR1; changes nothing before.
    NODE_OPTIONS: "--inspect-port=0",
  };
}

async function untilReady(name: string, supervisor: BoundProcess, signal: AbortSignal): Promise<void> {
  const outcome = Promise.withResolvers<string | undefined>();
  const timer = setTimeout(
    () => outcome.resolve(`was not ready within ${startTimeoutMs / 1000} s`),
    startTimeoutMs,
  );
  const giveUp = () => outcome.resolve("was given up");
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) giveUp();
  void supervisor.ended.then((how) => outcome.resolve(`did not start (${how})`));
  supervisor.onOutput(() => {
    if (supervisor.printed().includes("Sluice is ready")) outcome.resolve(undefined);
  });
  const problem = await outcome.promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", giveUp);
  if (problem !== undefined) throw new BenchError(`${name} ${problem}: ${supervisor.printed().trim()}`);
}
