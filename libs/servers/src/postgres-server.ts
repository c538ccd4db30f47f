import { execFile } from "node:child_process";
import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { openDataFolder } from "./data-folder.ts";
import { findExecutable, postgresFolders } from "./find-executable.ts";
import { greetPostgres } from "./postgres-greeting.ts";
import { ServerError } from "./server-error.ts";
import { onPort } from "./server-port.ts";
import {
  type ServerCommand,
  type ServerProcess,
  startServerProcess,
  waitUntilReady,
} from "./server-process.ts";

export type PostgresServer = {
  /** `postgres://postgres@127.0.0.1:port/postgres`; any password is taken. */
  url: string;
  /** The process that runs now. */
  readonly pid: number;
  /** Folder of this server alone; `stop()` deletes it. */
  dataDir: string;
  /** Starts it again at the same address with the same data, when its process has ended. */
  restart(): Promise<void>;
  /** Ends the server and deletes its data. */
  stop(): Promise<void>;
};

const run = promisify(execFile);
const restartTimeoutMs = 15_000;

export type PostgresOptions = {
  /** What was committed is still there when the process was killed, as it would be by PostgreSQL's defaults. @default false */
  survivesKill?: boolean;
};

/**
 * Starts an empty PostgreSQL for tests: data in a temporary folder, loopback only, no password, and none of the
 * durability that a test does not ask for. No test loses the machine's power, so files are never synced.
 *
 * PostgreSQL refuses to run as root, so root hands the folder to the user `postgres` or `nobody` and runs it as that.
 *
 * @throws {ServerError} when it is not installed or ends at once.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const initdb = findExecutable("initdb", postgresFolders());
  const postgres = findExecutable("postgres", postgresFolders());
  if (initdb === undefined || postgres === undefined) {
    throw new ServerError(
      "missing",
      "PostgreSQL is not installed: install it (Debian: apt-get install postgresql).",
    );
  }
  const user = process.getuid?.() === 0 ? await unprivilegedUser() : undefined;
  const folder = openDataFolder(undefined, "postgres");
  const dataDir = join(folder.path, "data");
  const logFile = join(folder.path, "postgres.log");

  try {
    if (user !== undefined) chownSync(folder.path, user.uid, user.gid);
    mkdirSync(dataDir, { mode: 0o700 });
    if (user !== undefined) chownSync(dataDir, user.uid, user.gid);
    const asUser =
      user === undefined
        ? []
        : ["setpriv", `--reuid=${user.name}`, `--regid=${user.gid}`, "--clear-groups", "--"];
    const [program = initdb, ...programArguments] = [
      ...asUser,
      initdb,
      "--pgdata",
      dataDir,
      "--auth=trust",
      "--username=postgres",
      "--encoding=UTF8",
      "--no-locale",
      "--no-sync",
    ];
    await run(program, programArguments, { cwd: "/" });
    const startOn = async (port: number): Promise<ServerProcess> => {
      const settings = [
        `port=${port}`,
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "fsync=off",
        "full_page_writes=off",
        `synchronous_commit=${options.survivesKill === true ? "on" : "off"}`,
      ];
      const command: ServerCommand = {
        name: "postgres",
        executable: postgres,
        arguments: ["-D", dataDir, ...settings.flatMap((setting) => ["-c", setting])],
        logFile,
        // SIGINT is PostgreSQL's "fast" stop; SIGTERM would wait for clients to go away.
        stopSignal: "SIGINT",
        ...(user === undefined ? {} : { user: user.name }),
      };
      const server = await startServerProcess(command);
      await waitUntilReady(command, server, () => greetPostgres(port));
      return server;
    };
    return await onPort(undefined, async (port) => {
      let server = await startOn(port);
      return {
        url: `postgres://postgres@127.0.0.1:${port}/postgres`,
        get pid() {
          return server.pid;
        },
        dataDir: folder.path,
        async restart() {
          await server.ended;
          server = await startAgain(() => startOn(port));
        },
        async stop() {
          await server.stop();
          folder.discard();
        },
      };
    });
  } catch (error) {
    folder.discard();
    throw error;
  }
}

/** The workers of a server that was killed hold its data for a moment longer; until then a new one refuses to start. */
async function startAgain(start: () => Promise<ServerProcess>): Promise<ServerProcess> {
  const deadline = performance.now() + restartTimeoutMs;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (performance.now() >= deadline) throw error;
    }
  }
}

async function unprivilegedUser(): Promise<{ name: string; uid: number; gid: number }> {
  for (const name of ["postgres", "nobody"]) {
    try {
      const [uid, gid] = await Promise.all([run("id", ["-u", name]), run("id", ["-g", name])]);
      return { name, uid: Number(uid.stdout), gid: Number(gid.stdout) };
    } catch {
      // No such user; the next one.
    }
  }
  throw new ServerError(
    "failed",
    "PostgreSQL does not run as root, and there is no user postgres or nobody.",
  );
}
