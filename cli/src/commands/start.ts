import { setTimeout as delay } from "node:timers/promises";
import { serviceNames } from "@sluice/contracts/service-name";
import { Command } from "commander";
import { announce } from "../supervisor/announcement.ts";
import { hasTerminal } from "../supervisor/controlling-terminal.ts";
import { type MeshArguments, readMeshSettings } from "../supervisor/mesh-settings.ts";
import { type Mesh, type StartMeshOptions, startMesh } from "../supervisor/start-mesh.ts";
import { explainSystemFailure } from "../supervisor/system-failure.ts";
import type { Terminal } from "../terminal.ts";
import { collect } from "./option-values.ts";

/**
 * Ctrl-C reaches this process up to three times: from the terminal, from npm and from the set-up in between. Only a
 * signal that comes this much later is a second one.
 */
const oneSignalMs = 1000;

/** `sluice start`: runs the whole mesh on this machine until it is asked to end. */
export function startCommand(terminal: Terminal, redefine?: StartMeshOptions["redefine"]): Command {
  return new Command("start")
    .description("run the whole mesh on this machine: bus, Redis, services")
    .option("--replicas <list>", "processes of each service, as router=3,guard=2 (default: one of each)")
    .option(
      "-f, --filename <path>",
      "a file or folder of resources to keep the configuration by, also as they change; may be repeated",
      collect,
    )
    .option("--compact", "run all services in one process, for small machines and short ways")
    .action(async (options: MeshArguments) => {
      const settings = readMeshSettings(terminal, options);
      const stop = new AbortController();
      let mesh: Mesh | undefined;
      const unwatch = watchSignals({
        stop(isSecond) {
          stop.abort();
          if (!isSecond) return;
          mesh?.kill();
          process.exit(130);
        },
        restart() {
          if (stop.signal.aborted) return;
          void mesh?.restart(serviceNames, (line) => terminal.out(`${line}\n`));
        },
      });
      try {
        mesh = await startMesh({ settings, terminal, signal: stop.signal, ...(redefine && { redefine }) });
        if (!stop.signal.aborted) terminal.out(announcementOf(mesh, terminal, settings.dataDir));
        await aborted(stop.signal);
        terminal.out("Ending: open requests are finished first.\n");
        await mesh.stop();
        terminal.out("Sluice has ended.\n");
      } catch (error) {
        // Asked to end while starting: startMesh has cleaned up.
        if (!stop.signal.aborted) throw explainSystemFailure(error);
      } finally {
        unwatch();
      }
    });
}

function announcementOf(mesh: Mesh, terminal: Terminal, dataDir: string): string {
  const { gateway, ledger, apiKey } = mesh.runFile;
  return announce({
    gatewayUrl: gateway,
    ledgerUrl: ledger,
    apiKey,
    simulatorUrl: mesh.simulatorUrl,
    providerKeys: mesh.providerKeys,
    model: mesh.model,
    dataDir,
    directory: terminal.directory,
  });
}

interface SignalHandlers {
  stop(isSecond: boolean): void;
  restart(): void;
}

/** SIGHUP asks for a restart of the services, unless it says that the terminal was closed. */
function watchSignals({ stop, restart }: SignalHandlers): () => void {
  const hadTerminal = hasTerminal();
  let firstAt: number | undefined;
  const handleStop = () => {
    const now = performance.now();
    stop(firstAt !== undefined && now - firstAt >= oneSignalMs);
    firstAt ??= now;
  };
  const handleHangup = () => {
    if (hadTerminal && !hasTerminal()) handleStop();
    else restart();
  };
  const handlers = [
    ["SIGINT", handleStop],
    ["SIGTERM", handleStop],
    ["SIGHUP", handleHangup],
  ] as const;
  for (const [signal, handle] of handlers) process.on(signal, handle);
  return () => {
    for (const [signal, handle] of handlers) process.off(signal, handle);
  };
}

/** Resolves when the signal aborts. The timer keeps the process alive meanwhile. */
async function aborted(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await delay(2 ** 30, undefined, { signal }).catch(() => undefined);
}
