import { chmodSync, mkdirSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import type { BusConnection } from "@sluice/bus/bus";
import { connectOperator } from "@sluice/bus/connect";
import { provisionBus } from "@sluice/bus/provision";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { publishSnapshot } from "@sluice/resources/publish-snapshot";
import { readConfigurationFile } from "@sluice/resources/read-configuration";
import { findFreePort } from "@sluice/servers/free-port";
import { createLogger } from "@sluice/telemetry/logger";
import { CommandError } from "../command-error.ts";
import type { RunFile } from "../run-file.ts";
import type { Terminal } from "../terminal.ts";
import { keptAdminKey, keptDemoKey, sha256Hex } from "./access-keys.ts";
import { lockDataFolder } from "./data-folder-lock.ts";
import { waitForEarlierRun } from "./earlier-run.ts";
import { limitLogs, setLogAside } from "./log-files.ts";
import { MeshProcesses } from "./mesh-processes.ts";
import { provideBus, provideRedis, type ServerContext } from "./mesh-servers.ts";
import type { MeshSettings } from "./mesh-settings.ts";
import { settlePort } from "./ports.ts";
import { writePrivateFile } from "./private-file.ts";
import type { ProcessDefinition } from "./process-definition.ts";
import { findProviders, firstModel, simulatedProviders } from "./providers.ts";
import type { RunningProcess } from "./running-process.ts";
import { serviceDefinitions, simulatorDefinition } from "./service-definitions.ts";
import { startServiceProcess } from "./service-process.ts";
import { waitUntilAnswering } from "./wait-until-answering.ts";

export interface StartMeshOptions {
  settings: MeshSettings;
  terminal: Terminal;
  /** Gives up the start; everything that was started ends. */
  signal: AbortSignal;
  /** Replaces the processes of the mesh by others, for tests. @default the services as they are */
  redefine?: (definitions: ProcessDefinition[]) => ProcessDefinition[];
}

export interface Mesh {
  runFile: RunFile;
  simulatorUrl: string | undefined;
  providerKeys: readonly string[];
  model: string | undefined;
  /** Ends everything, clients' side first, within 10 s. */
  stop(): Promise<void>;
  /** Ends everything at once. */
  kill(): void;
}

/**
 * Starts all of a mesh and resolves when it answers. What can be found out before anything is started is.
 *
 * @throws CommandError in one line; nothing is left running then
 */
export async function startMesh(options: StartMeshOptions): Promise<Mesh> {
  const { terminal, signal } = options;
  const configuration = await readConfigurationFile(options.settings.configurationFile);
  const settings = await settlePorts(options.settings);
  const { dataDir } = settings;
  const tell = (line: string) => terminal.out(`${line}\n`);
  prepareFolder(dataDir);
  const unlock = await lockDataFolder(dataDir);

  let runFile: Omit<RunFile, "processes"> | undefined;
  const runFilePath = join(dataDir, "run.json");
  const processes = new MeshProcesses(dataDir, () => writeRunFile());
  const writeRunFile = () => {
    if (runFile === undefined) return;
    writePrivateFile(
      runFilePath,
      `${JSON.stringify({ ...runFile, processes: processes.list() }, null, 2)}\n`,
    );
  };
  const logs = new Set<string>();
  const stopLimiting = limitLogs(() => [...logs]);
  const stop = async () => {
    runFile = undefined;
    await processes.stop();
    stopLimiting();
    rmSync(runFilePath, { force: true });
    await unlock();
  };

  try {
    await waitForEarlierRun(dataDir, tell);
    rmSync(runFilePath, { force: true });
    const context: ServerContext = {
      settings,
      processes,
      tell,
      async logFile(name) {
        const file = join(dataDir, "logs", `${name}.log`);
        await setLogAside(file);
        logs.add(file);
        return file;
      },
    };
    tell("Starting the bus and Redis.");
    const [bus, redisUrl] = await allSettledOrThrow(provideBus(context), provideRedis(context));
    signal.throwIfAborted();

    const servers = { servers: bus.url, nkeySeed: bus.operatorSeed };
    const apiKey = await asOperator(servers, async (connection) => {
      await publishSnapshot(connection, configuration);
      return await keptDemoKey(dataDir, connection);
    });
    signal.throwIfAborted();

    const providers = findProviders(terminal.environment);
    const simulatorPort = providers.keys.length === 0 ? await findFreePort() : undefined;
    const simulatorUrl = simulatorPort === undefined ? undefined : `http://127.0.0.1:${simulatorPort}`;
    const adminKey = keptAdminKey(dataDir);
    const definitions = [
      ...(simulatorPort === undefined ? [] : [simulatorDefinition(terminal.environment, simulatorPort)]),
      ...serviceDefinitions(
        settings,
        terminal.environment,
        { natsUrl: bus.url, seedFile: bus.seedFile, redisUrl, simulatorUrl },
        { adminKeySha256: sha256Hex(adminKey), providers: providers.environment },
      ),
    ];
    tell("Starting the services.");
    const running = await startAll((options.redefine ?? ((same) => same))(definitions), context, signal);
    const gateway = reachable(urlOf(running, "ingress"));
    await waitUntilAnswering(gateway, signal);

    runFile = {
      gateway,
      ledger: reachable(urlOf(running, "ledger")),
      apiKey,
      adminKey,
      nats: bus.url,
      redis: redisUrl,
    };
    writeRunFile();
    return {
      runFile: { ...runFile, processes: processes.list() },
      simulatorUrl,
      providerKeys: providers.keys,
      model: firstModel(configuration, {
        ...terminal.environment,
        ...providers.environment,
        ...(simulatorUrl === undefined ? {} : simulatedProviders(simulatorUrl)),
      }),
      stop,
      kill: () => {
        rmSync(runFilePath, { force: true });
        processes.kill();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function settlePorts(settings: MeshSettings): Promise<MeshSettings> {
  const gatewayPort = await settlePort({
    what: "gateway",
    variable: "SLUICE_GATEWAY_PORT",
    ...settings.gateway,
  });
  const ledgerPort = await settlePort({ what: "ledger", variable: "SLUICE_LEDGER_PORT", ...settings.ledger });
  return {
    ...settings,
    gateway: { ...settings.gateway, port: gatewayPort },
    ledger: { ...settings.ledger, port: ledgerPort },
  };
}

/** Room for streams, database and logs to begin with; less ends in errors all over the mesh. */
const leastFreeBytes = 256 * 1024 ** 2;

function prepareFolder(dataDir: string): void {
  try {
    mkdirSync(join(dataDir, "logs"), { recursive: true, mode: 0o700 });
    chmodSync(dataDir, 0o700);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    throw new CommandError(
      `The data folder ${dataDir} can't be made (${code}): set SLUICE_DATA_DIR to one you may write.`,
      {
        cause,
      },
    );
  }
  const { bavail, bsize } = statfsSync(dataDir);
  const freeBytes = bavail * bsize;
  if (freeBytes >= leastFreeBytes) return;
  throw new CommandError(
    `The disk of ${dataDir} has ${Math.floor(freeBytes / 1024 ** 2)} MiB left, and the mesh needs ${leastFreeBytes / 1024 ** 2}: free some, or set SLUICE_DATA_DIR to a folder elsewhere.`,
  );
}

/** Makes what the mesh needs on the bus, then does some work there as its operator. */
async function asOperator<Result>(
  address: { servers: string; nkeySeed: string | undefined },
  work: (bus: BusConnection) => Promise<Result>,
): Promise<Result> {
  const logger = createLogger({ service: "supervisor", instance: "supervisor", level: "silent" });
  try {
    await provisionBus(address);
    const connection = await connectOperator({ ...address, logger });
    try {
      return await work(connection);
    } finally {
      await connection.drain();
    }
  } catch (cause) {
    throw explainBusFailure(cause);
  }
}

/** Says what the bus refused in one line; gives any other error back as it is. */
function explainBusFailure(cause: unknown): unknown {
  if (cause instanceof SluiceError && cause.code === "bus_unavailable") {
    return new CommandError(`${cause.message.replace(/\.$/, "")}: check NATS_URL and its credentials.`, {
      cause,
    });
  }
  if (cause instanceof Error && cause.name === "NatsError") {
    return new CommandError(
      `The bus can't be set up (${cause.message}): see that JetStream is on, has room on its disk, and that this user may make streams.`,
      { cause },
    );
  }
  return cause;
}

/** Starts all processes at once; when one does not start, the others have ended or are ready when this throws. */
async function startAll(
  definitions: ProcessDefinition[],
  { processes, logFile, tell }: ServerContext,
  signal: AbortSignal,
): Promise<{ service: string; process: RunningProcess }[]> {
  const failed = new AbortController();
  const starts = definitions.flatMap((definition) =>
    Array.from({ length: definition.replicas }, async (_, index) => {
      const { service, script } = definition;
      const log = await logFile(`${service}-${index + 1}`);
      const kept = processes.add({
        service,
        tell,
        start: (stopping) =>
          startServiceProcess({
            service,
            script,
            environment: definition.environment(index),
            logFile: log,
            signal: AbortSignal.any([stopping, signal, failed.signal]),
          }),
      });
      try {
        return { service, process: await kept.begin() };
      } catch (error) {
        failed.abort();
        throw error;
      }
    }),
  );
  return await allSettledOrThrow(...starts);
}

/** Like Promise.all, but nothing is still under way when it rejects, and the first failure is the one that is told. */
async function allSettledOrThrow<Results extends unknown[]>(
  ...promises: { [Index in keyof Results]: Promise<Results[Index]> }
): Promise<Results> {
  try {
    return (await Promise.all(promises)) as Results;
  } finally {
    await Promise.allSettled(promises);
  }
}

function urlOf(running: readonly { service: string; process: RunningProcess }[], service: string): string {
  const url = running.find((one) => one.service === service)?.process.url;
  if (url === undefined) throw new CommandError(`The ${service} did not say where it listens.`);
  return url;
}

/** An address that listens on all interfaces is reached on loopback. */
function reachable(url: string): string {
  const parsed = new URL(url);
  if (parsed.hostname === "0.0.0.0") parsed.hostname = "127.0.0.1";
  if (parsed.hostname === "[::]") parsed.hostname = "[::1]";
  return parsed.origin;
}
