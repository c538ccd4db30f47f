import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { cpus, loadavg, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { findExecutable } from "@sluice/servers/find-executable";
import { z } from "zod";

/** What the figures were taken on and with. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGib: number;
  kernel: string;
  /** Of the last minute, before anything was started: what others did on this machine. */
  loadBefore: number;
  versions: Record<string, string>;
  /** Of the repository; with a mark where files differ from it. */
  commit: string;
}

const project = fileURLToPath(new URL("../../../", import.meta.url));
const packageSchema = z.object({ version: z.string() });

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGib: totalmem() / 1024 ** 3,
    kernel: `Linux ${release()}`.replace("Linux", process.platform === "linux" ? "Linux" : process.platform),
    loadBefore: loadavg()[0] ?? Number.NaN,
    versions: {
      node: process.version,
      "nats-server": serverVersion("nats-server"),
      redis: serverVersion("redis-server"),
      "@portkey-ai/gateway": packageVersion("@portkey-ai/gateway"),
      undici: packageVersion("undici"),
    },
    commit: commit(),
  };
}

function serverVersion(name: string): string {
  const executable = findExecutable(name);
  const said = executable === undefined ? undefined : output(executable, ["--version"]);
  return said === undefined ? "not here" : (/v=?(\d+\.\d+\.\d+\S*)/.exec(said)?.[1] ?? said);
}

function packageVersion(name: string): string {
  const read = createRequire(import.meta.url);
  const manifest: unknown = read(`${project}bench/node_modules/${name}/package.json`);
  return packageSchema.parse(manifest).version;
}

function commit(): string {
  const head = output("git", ["rev-parse", "--short", "HEAD"]);
  if (head === undefined) return "unknown";
  return output("git", ["status", "--porcelain", "--untracked-files=no"]) === ""
    ? head
    : `${head} with changes`;
}

function output(program: string, programArguments: string[]): string | undefined {
  try {
    return execFileSync(program, programArguments, { cwd: project, encoding: "utf8", stdio: "pipe" }).trim();
  } catch {
    return undefined;
  }
}
