import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import { type RunFile, runFileSchema } from "../../run-file.ts";

const script = fileURLToPath(new URL("./run-fake-mesh.ts", import.meta.url));

export interface FakeMesh {
  process: ChildProcess;
  /** All that it has printed so far. */
  printed(): string;
  runFile(): RunFile;
  /** Resolves when it has printed that it is ready. */
  ready(): Promise<void>;
  /** Resolves with the exit code, or the signal, when it has ended. */
  ended: Promise<number | string>;
}

/** Runs `sluice start` with fake services as a real process, with real servers, on free ports. */
export function runFakeMesh(
  dataDir: string,
  environment: Record<string, string> = {},
  arguments_: string[] = [],
): FakeMesh {
  const child = spawn(process.execPath, [script, ...arguments_], {
    env: {
      PATH: process.env.PATH ?? "",
      SLUICE_DATA_DIR: dataDir,
      SLUICE_GATEWAY_PORT: "0",
      SLUICE_LEDGER_PORT: "0",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      printed += text;
    });
  }
  const ended = once(child, "close").then(([code, signal]) => code ?? signal);
  return {
    process: child,
    printed: () => printed,
    runFile: () => runFileSchema.parse(JSON.parse(readFileSync(join(dataDir, "run.json"), "utf8"))),
    ready: () =>
      vi.waitFor(
        () => {
          if (!printed.includes("Sluice is ready")) throw new Error(`Not ready; it printed: ${printed}`);
        },
        { timeout: 20_000, interval: 20 },
      ),
    ended,
  };
}

/** A folder for a test, with a space in its name, and what deletes it. */
export function temporaryDataDir(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "sluice mesh "));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
