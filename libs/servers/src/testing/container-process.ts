import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import type { StartedTestContainer } from "testcontainers";
import { ServerError } from "../server-error.ts";

/** A server that runs in a container. */
export interface ContainerProcess {
  container: StartedTestContainer;
  /**
   * The process of the server, as this machine counts it.
   * @throws {ServerError} where that can't be seen from here; whoever asks wants to send it signals
   */
  readonly pid: number;
  /** Resolves when the process has ended, for whatever reason. */
  ended: Promise<string>;
  /** Starts it again in the same container, with the same data, when it has ended. */
  startAgain(): Promise<void>;
  /** @param graceMs How long it may take before it is killed. @default 4000 */
  stop(graceMs?: number): Promise<void>;
}

export interface ContainerOptions {
  /** How people call the server, for messages. */
  name: string;
  image: string;
  /** Program and arguments; whatever else the image would run first is left out. @default the image's own */
  entrypoint?: string[];
  /** @default the image's own */
  command?: string[];
  /** Port inside, and the one on this machine. */
  ports: { container: number; host: number };
  /** What the server writes once it takes connections. */
  readyText: RegExp;
  /** How often it does. @default 1 */
  readyTimes?: number;
  environment?: Record<string, string>;
  /** A folder of this machine, seen inside at the same path and belonging to the user who runs the tests. @default none */
  folder?: string;
  /** Takes what the server writes. @default none */
  logFile?: string;
}

const defaultGraceMs = 4000;
/** Characters of what a server wrote that its failure tells. */
const longestTail = 600;

/** Starts a server in a container; {@link ServerError} when it can't be, in words that say what to do. */
export async function startContainer(options: ContainerOptions): Promise<ContainerProcess> {
  const { name, image, ports, folder, logFile } = options;
  const { GenericContainer, Wait, getContainerRuntimeClient } = await import("testcontainers");
  const runtime = await getContainerRuntimeClient().catch((cause: unknown) => {
    throw new ServerError(
      "missing",
      "SLUICE_TEST_BACKENDS asks for containers, and no container engine answers: start Docker, or leave the variable out.",
      { cause },
    );
  });
  const planned = new GenericContainer(image)
    .withExposedPorts(ports)
    .withEnvironment(options.environment ?? {})
    .withWaitStrategy(Wait.forLogMessage(options.readyText, options.readyTimes ?? 1))
    // What has ended is looked at, and perhaps started again.
    .withAutoRemove(false);
  if (folder !== undefined) {
    planned.withBindMounts([{ source: folder, target: folder, mode: "rw" }]);
    // Else the files would belong to somebody whose files the test can't delete.
    planned.withUser(`${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`);
  }
  if (options.entrypoint !== undefined) planned.withEntrypoint(options.entrypoint);
  if (options.command !== undefined) planned.withCommand(options.command);
  let written = "";
  planned.withLogConsumer((stream) => {
    if (logFile !== undefined) stream.pipe(createWriteStream(logFile, { flags: "a", mode: 0o600 }));
    stream.on("data", (chunk: unknown) => {
      written = `${written}${String(chunk)}`.slice(-longestTail);
    });
  });
  const container = await planned.start().catch((cause: unknown) => {
    const said = cause instanceof Error ? cause.message : String(cause);
    const isTaken = /port is already allocated|address already in use/i.test(said);
    throw new ServerError(
      isTaken ? "port-taken" : "failed",
      `${name} does not start from ${image}: ${said}`,
      {
        cause,
      },
    );
  });
  const handle = runtime.container.getById(container.getId());
  let pid = await processOf(handle);
  const wait = async (): Promise<string> => {
    const { StatusCode: code } = (await handle.wait()) as { StatusCode: number };
    return code > 128 ? `signal ${code - 128}` : `exit code ${code}`;
  };
  let isStopped: Promise<unknown> | undefined;
  return {
    container,
    get pid() {
      if (pid !== undefined) return pid;
      throw new ServerError(
        "missing",
        `The process of ${name} in its container can't be seen from here, and this test sends it signals: run it with SLUICE_TEST_BACKENDS=processes, or on the Linux machine that the engine runs on.`,
      );
    },
    ended: wait().catch(() => "removed"),
    async startAgain() {
      await wait();
      await handle.start();
      pid = await processOf(handle);
    },
    async stop(graceMs = defaultGraceMs) {
      isStopped ??= container.stop({ timeout: graceMs, remove: true, removeVolumes: true });
      await isStopped;
    },
  };
}

/** The process id of a container's first process, where it is one of this machine's. */
async function processOf(handle: {
  inspect(): Promise<{ Id: string; State: { Pid: number } }>;
}): Promise<number | undefined> {
  const { Id: id, State: state } = await handle.inspect();
  try {
    // Another machine's process of the same number, or another process of ours, is in no group of this container.
    const groups = await readFile(`/proc/${state.Pid}/cgroup`, "utf8");
    return groups.includes(id) ? state.Pid : undefined;
  } catch {
    return undefined;
  }
}
