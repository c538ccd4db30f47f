import { execFile } from "node:child_process";
import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { openDataFolder } from "./data-folder.ts";
import { findExecutable, postgresFolders } from "./find-executable.ts";
import { ServerError } from "./server-error.ts";
import { onPort } from "./server-port.ts";
import { type ServerCommand, startServerProcess, waitUntilReady } from "./server-process.ts";
import { converse } from "./text-conversation.ts";

export type PostgresServer = {
  /** `postgres://postgres@127.0.0.1:port/postgres`; any password is taken. */
  url: string;
  pid: number;
  /** Folder of this server alone; `stop()` deletes it. */
  dataDir: string;
  /** Ends the server and deletes its data. */
  stop(): Promise<void>;
};

const run = promisify(execFile);

/**
 * Starts an empty PostgreSQL for tests: data in a temporary folder, loopback only, no password, and none of the
 * durability that a test does not need.
 *
 * PostgreSQL refuses to run as root, so root hands the folder to the user `postgres` or `nobody` and runs it as that.
 *
 * @throws {ServerError} when it is not installed or ends at once.
 */
export async function startPostgres(): Promise<PostgresServer> {
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
    return await onPort(undefined, async (port) => {
      const settings = [
        `port=${port}`,
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "fsync=off",
        "full_page_writes=off",
        "synchronous_commit=off",
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
      await waitUntilReady(command, server, async () => {
        // The answer to a start-up message is `R` (authentication) when it takes connections, `E` (error) before.
        const answer = await converse(port, startupMessage(), (text) => text.length > 0);
        if (!answer.startsWith("R")) throw new Error("PostgreSQL is still starting.");
      });
      return {
        url: `postgres://postgres@127.0.0.1:${port}/postgres`,
        pid: server.pid,
        dataDir: folder.path,
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

/** Protocol 3.0 start-up message: length, version, then pairs of NUL-ended strings and a last NUL. */
function startupMessage(): string {
  const body = "\0\x03\0\0user\0postgres\0database\0postgres\0\0";
  return `\0\0\0${String.fromCharCode(body.length + 4)}${body}`;
}
