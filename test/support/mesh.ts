import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** `run.json` as `npm start` writes it; the interface of tools that look at a running mesh. */
const runFileSchema = z.object({
  gateway: z.url(),
  ledger: z.url(),
  apiKey: z.string(),
  adminKey: z.string(),
  nats: z.string(),
  redis: z.string(),
  processes: z.array(
    z.looseObject({
      service: z.string(),
      instance: z.string(),
      pid: z.int(),
      metricsUrl: z.url().optional(),
    }),
  ),
});
export type RunFile = z.infer<typeof runFileSchema>;

export interface MeshOptions {
  /** Text of a `sluice.yaml`. @default the repository's own */
  configuration?: string;
  /** Added to the environment of the supervisor. */
  environment?: Record<string, string>;
  /** More arguments of `start`. */
  arguments?: string[];
  /** Processes of its services, as `router=3,guard=2`; a compact mesh is one process all the same. */
  replicas?: string;
  /** Whether all services run in one process. @default what the project of the tests says */
  compact?: boolean;
  /** Called with the data folder before anything is in it. */
  prepare?: (dataDir: string) => void;
  /** Undoes what `prepare` did, when the mesh has ended. */
  release?: () => void;
}

/** A whole mesh as `npm start` runs it: real processes, real servers, in a folder of its own. */
export interface Mesh extends RunFile {
  readonly dataDir: string;
  /** Where the simulator answers in the providers' place, as the supervisor prints it. */
  readonly simulatorUrl: string;
  readonly supervisor: ChildProcess;
  /** What the supervisor has printed so far. */
  output(): string;
  /** `run.json` as it is now; processes that were restarted have other pids. */
  reread(): Promise<RunFile>;
  /** Ends it as Ctrl-C would and gives the exit code. */
  stop(): Promise<number | null>;
}

/** What a project of tests sets to run them against a compact mesh. */
const testsCompact = process.env.SLUICE_TEST_MESH === "compact";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const startTimeoutMs = 120_000;
/** Variables that would make the mesh talk to real providers or to servers of the machine. */
const foreign = /^(OPENAI|ANTHROPIC|GEMINI|GOOGLE)_|^(NATS|REDIS|DATABASE)_URL$|^SLUICE_|^OTEL_/;

/** @throws when the mesh is not ready in time or ends before; the error holds what it printed */
export async function startMesh(options: MeshOptions = {}): Promise<Mesh> {
  const dataDir = await mkdtemp(join(tmpdir(), "sluice-mesh-"));
  options.prepare?.(dataDir);
  const remove = async (): Promise<void> => {
    options.release?.();
    await rm(dataDir, { recursive: true, force: true });
  };
  const environment: Record<string, string> = {
    ...Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) =>
        value === undefined || foreign.test(name) ? [] : [[name, value]],
      ),
    ),
    SLUICE_DATA_DIR: dataDir,
    SLUICE_GATEWAY_PORT: "0",
    SLUICE_LEDGER_PORT: "0",
    ...options.environment,
  };
  if (options.configuration !== undefined) {
    environment.SLUICE_CONFIG = join(dataDir, "sluice.yaml");
    await writeFile(environment.SLUICE_CONFIG, options.configuration);
  }
  const supervisor = spawn(
    process.execPath,
    [join(repository, "cli/src/main.ts"), "start", ...startArguments(options)],
    { cwd: repository, env: environment, stdio: ["ignore", "pipe", "pipe"] },
  );
  let printed = "";
  const take = (text: Buffer): void => {
    printed += text.toString();
  };
  supervisor.stdout.on("data", take);
  supervisor.stderr.on("data", take);
  const ended = new Promise<number | null>((resolve) => supervisor.once("exit", (code) => resolve(code)));
  try {
    await readiness(supervisor, () => printed);
  } catch (error) {
    await ended;
    await remove();
    throw error;
  }
  const read = async () => runFileSchema.parse(JSON.parse(await readFile(join(dataDir, "run.json"), "utf8")));
  return {
    ...(await read()),
    dataDir,
    simulatorUrl: simulatorUrlIn(printed),
    supervisor,
    output: () => printed,
    reread: read,
    stop: async () => {
      supervisor.kill("SIGTERM");
      const code = await ended;
      await remove();
      return code;
    },
  };
}

function startArguments(options: MeshOptions): string[] {
  const { replicas, compact = testsCompact } = options;
  if (compact) return ["--compact", ...(options.arguments ?? [])];
  return [...(replicas === undefined ? [] : ["--replicas", replicas]), ...(options.arguments ?? [])];
}

async function readiness(supervisor: ChildProcess, printed: () => string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      supervisor.kill("SIGTERM");
      reject(new Error(`the mesh ${why}:\n${printed()}`));
    };
    const timer = setTimeout(() => fail("was not ready in time"), startTimeoutMs);
    supervisor.once("exit", (code) => fail(`ended with ${code}`));
    supervisor.stdout?.on("data", () => {
      if (!printed().includes("Sluice is ready")) return;
      clearTimeout(timer);
      resolve();
    });
  });
}

/** The supervisor names the simulator in what it prints; `run.json` holds only what is there with real providers too. */
function simulatorUrlIn(printed: string): string {
  return /the simulator answers.*\((http:[^)]+)\)/.exec(printed)?.[1] ?? "";
}
