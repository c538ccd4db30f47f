import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommandLine } from "../run-command-line.ts";

/** What a command printed, and its exit code. */
export interface CommandResult {
  code: number;
  out: string;
  error: string;
}

/** A folder and an environment that commands run in; what they print is kept. */
export interface RecordedTerminal {
  directory: string;
  environment: Record<string, string>;
  /** What commands find on their standard input. */
  input: string;
  /** Runs `sluice` with these arguments. */
  run(...commandArguments: string[]): Promise<CommandResult>;
  remove(): Promise<void>;
}

/** The data folder is `data` in the terminal's folder; there is nothing in it. */
export async function openRecordedTerminal(): Promise<RecordedTerminal> {
  const directory = await mkdtemp(join(tmpdir(), "sluice-cli-"));
  const environment: Record<string, string> = { SLUICE_DATA_DIR: "data" };
  const terminal: RecordedTerminal = {
    directory,
    environment,
    input: "",
    run: async (...commandArguments) => {
      const result = { out: "", error: "" };
      const code = await runCommandLine(commandArguments, {
        environment,
        directory,
        readInput: () => Promise.resolve(terminal.input),
        out: (text) => {
          result.out += text;
        },
        error: (text) => {
          result.error += text;
        },
      });
      return { code, ...result };
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
  return terminal;
}
