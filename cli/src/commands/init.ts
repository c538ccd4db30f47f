import { mkdirSync, statfsSync } from "node:fs";
import { resolve } from "node:path";
import { parseByteSize } from "@sluice/resources/byte-size";
import { Command, InvalidArgumentError } from "commander";
import { CommandError } from "../command-error.ts";
import { writeMeshSecrets } from "../deployment/mesh-secrets.ts";
import type { Terminal } from "../terminal.ts";

interface InitOptions {
  out: string;
  busNodes: string[];
  busStore?: number;
  redis: string;
  postgres: string;
}

/** `sluice init`: makes what is secret in a mesh that runs in containers, and its servers' configurations. */
export function initCommand(terminal: Terminal): Command {
  return new Command("init")
    .description("make the secrets and the servers' configurations of a mesh that runs in containers")
    .requiredOption("--out <folder>", "where to; each part of the mesh gets a folder in it")
    .option("--bus-nodes <hosts>", "hosts of the nats-servers, with commas between", hostNames, ["nats"])
    .option(
      "--bus-store <size>",
      "what each may store, such as 20GiB (default: three quarters of the disk that the folder is on)",
      storeSize,
    )
    .option("--redis <host:port>", "where Redis is", hostAndPort, "redis:6379")
    .option("--postgres <host:port>", "where Postgres is", hostAndPort, "postgres:5432")
    .action((options: InitOptions) => init(terminal, options));
}

function init(terminal: Terminal, { out, busStore, ...options }: InitOptions): void {
  const folder = resolve(terminal.directory, out);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeMeshSecrets({ ...options, folder, busStoreBytes: busStore ?? storeShare(folder) });
  } catch (cause) {
    if (!(cause instanceof Error) || !("code" in cause)) throw cause;
    throw new CommandError(`The secrets can't be written to ${folder} (${cause.code}).`, { cause });
  }
  terminal.error(
    `${out} has what is secret in a mesh, one folder for each part. What was there before was kept.\n`,
  );
}

/** The same however full the disk is, so that a server that starts again finds room for the streams that it has. */
function storeShare(folder: string): number {
  const { blocks, bsize } = statfsSync(folder);
  return Math.floor((blocks * bsize * 3) / 4);
}

const hostName = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/;

function hostNames(value: string): string[] {
  const names = value.split(",");
  if (!names.every((name) => hostName.test(name)) || new Set(names).size < names.length) {
    throw new InvalidArgumentError(
      "It is a host, or several with commas between, such as nats-1,nats-2,nats-3.",
    );
  }
  if (names.length % 2 === 0) {
    throw new InvalidArgumentError(
      "A cluster decides by majority, so it has an odd number of nodes: one, three or five.",
    );
  }
  return names;
}

function hostAndPort(value: string): string {
  const [host = "", port, ...rest] = value.split(":");
  if (hostName.test(host) && /^\d{1,5}$/.test(port ?? "") && rest.length === 0) return value;
  throw new InvalidArgumentError("It is a host and a port, such as redis:6379.");
}

function storeSize(value: string): number {
  const bytes = parseByteSize(value);
  if (bytes === undefined || bytes === 0) throw new InvalidArgumentError("It is a size such as 20GiB.");
  return bytes;
}
