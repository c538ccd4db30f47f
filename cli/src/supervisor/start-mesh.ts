import { chmodSync, mkdirSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import type { ServiceName } from "@sluice/contracts/service-name";
import { applyChange } from "@sluice/resources/apply-configuration";
import { readDeclaredKeys } from "@sluice/resources/declared-keys";
import { readConfigurationFile } from "@sluice/resources/read-configuration";
import { findFreePort } from "@sluice/servers/free-port";
import { changeNotes } from "../change-notes.ts";
import { CommandError } from "../command-error.ts";
import { readSealingKeys } from "../find-sealing-keys.ts";
import type { RunFile } from "../run-file.ts";
import type { Terminal } from "../terminal.ts";
import { keptAdminKey, keptDemoKey, sha256Hex } from "./access-keys.ts";
import { type ControlSocket, openControlSocket } from "./control-socket.ts";
import { lockDataFolder } from "./data-folder-lock.ts";
import { waitForEarlierRun } from "./earlier-run.ts";
import { type GatewaySockets, openGatewaySockets } from "./gateway-sockets.ts";
import { limitLogs, setLogAside } from "./log-files.ts";
import { MeshProcesses } from "./mesh-processes.ts";
import { provideBus, provideRedis, type ServerContext } from "./mesh-servers.ts";
import type { MeshSettings } from "./mesh-settings.ts";
import { settlePort } from "./ports.ts";
import { onBus, prepareBus } from "./prepare-bus.ts";
import { writePrivateFile } from "./private-file.ts";
import type { ProcessDefinition } from "./process-definition.ts";
import { findProviders, firstModel, simulatedProviders } from "./providers.ts";
import { ResourceWatch, supervisorName } from "./resource-watch.ts";
import { restartServices } from "./rolling-restart.ts";
import { sealingVariables } from "./sealing-variables.ts";
import { serviceDefinitions, simulatorDefinition } from "./service-definitions.ts";
import { allSettledOrThrow, startServices, urlOf } from "./start-services.ts";
import { waitUntilAnswering } from "./wait-until-answering.ts";
import { watchBus } from "./watch-bus.ts";

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
  /**
   * Replaces the processes of some services by new ones, one after the other, without losing a request.
   * @param tell takes each step in a line
   * @returns whether all were replaced
   */
  restart(services: readonly ServiceName[], tell: (line: string) => void): Promise<boolean>;
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
  const {
    content: configuration,
    resources: baseResources,
    keys: declared,
  } = await readConfigurationFile(options.settings.configurationFile);
  const keys = await readDeclaredKeys(declared, terminal.environment);
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
  let sockets: GatewaySockets | undefined;
  let control: ControlSocket | undefined;
  let stopWatching: (() => Promise<void>) | undefined;
  let resourceWatch: ResourceWatch | undefined;
  const stop = async () => {
    runFile = undefined;
    control?.close();
    // Who connects from now on is refused, and does not wait for an answer that never comes.
    sockets?.close();
    await resourceWatch?.stop();
    await Promise.all([stopWatching?.(), processes.stop()]);
    stopLimiting();
    rmSync(runFilePath, { force: true });
    await unlock();
  };

  try {
    await waitForEarlierRun(dataDir, tell);
    rmSync(runFilePath, { force: true });
    sockets = await openGatewaySockets(settings.gateway);
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

    const provision = {
      servers: bus.url,
      nkeySeed: bus.operatorSeed,
      ...(settings.eventStreamBytes === undefined ? {} : { maxEventBytes: settings.eventStreamBytes }),
      ...(settings.streamReplicas === undefined ? {} : { replicas: settings.streamReplicas }),
    };
    const sealing = sealingVariables(settings);
    const watch =
      settings.resourcePaths.length === 0
        ? undefined
        : new ResourceWatch({
            terminal,
            paths: settings.resourcePaths,
            onBus: (work) => onBus(bus, work),
            keys: await readSealingKeys(dataDir),
            tell,
          });
    resourceWatch = watch;
    const apiKey = await prepareBus(provision, async (connection) => {
      const notes = changeNotes({ as: supervisorName() });
      if (watch === undefined) {
        await applyChange(connection, {
          base: configuration,
          baseResources,
          keys,
          ...notes,
          change: "start",
        });
      } else {
        await watch.start(connection, { base: configuration, baseResources, keys });
      }
      return await keptDemoKey(dataDir, connection);
    });
    signal.throwIfAborted();

    stopWatching = await watchBus(bus, tell);

    const providers = findProviders(terminal.environment);
    const simulatorPort = providers.keys.length === 0 ? await findFreePort() : undefined;
    const simulatorUrl = simulatorPort === undefined ? undefined : `http://127.0.0.1:${simulatorPort}`;
    const adminKey = keptAdminKey(dataDir);
    const definitions = [
      ...(simulatorPort === undefined ? [] : [simulatorDefinition(terminal.environment, simulatorPort)]),
      ...serviceDefinitions(
        settings,
        terminal.environment,
        {
          natsUrl: bus.url,
          seedFile: bus.seedFile,
          redisUrl,
          simulatorUrl,
          gatewaySockets: sockets.fileDescriptors,
        },
        {
          adminKeySha256: sha256Hex(adminKey),
          providers: providers.environment,
          sealing,
        },
      ),
    ];
    tell("Starting the services.");
    const running = await startServices((options.redefine ?? ((same) => same))(definitions), context, signal);
    const gateway = urlOf(running, "ingress");
    await waitUntilAnswering(gateway, signal);
    watch?.follow();

    const restart = oneAtATime((services, told) => restartServices(processes, services, told));
    control = await openControlSocket(dataDir, ({ services }, told) =>
      restart(services, (line) => {
        tell(line);
        told(line);
      }),
    );
    runFile = {
      gateway,
      ledger: urlOf(running, "ledger"),
      apiKey,
      adminKey,
      nats: bus.url,
      redis: redisUrl,
      supervisor: { pid: process.pid, control: control.path },
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
      restart,
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

/** A restart that comes while another one is under way is refused, and says so. */
function oneAtATime(restart: Mesh["restart"]): Mesh["restart"] {
  let isBusy = false;
  return async (services, tell) => {
    if (isBusy) {
      tell("A restart is under way already.");
      return false;
    }
    isBusy = true;
    try {
      return await restart(services, tell);
    } finally {
      isBusy = false;
    }
  };
}
