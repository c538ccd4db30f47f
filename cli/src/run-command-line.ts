import { SluiceError } from "@sluice/contracts/sluice-error";
import { ConfigurationError } from "@sluice/resources/configuration-problem";
import { withSecretFiles } from "@sluice/runtime/secret-files";
import { Command, CommanderError } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { CommandError } from "./command-error.ts";
import { applyCommand } from "./commands/apply.ts";
import { auditCommand } from "./commands/audit.ts";
import { cacheCommand } from "./commands/cache.ts";
import { deleteCommand } from "./commands/delete.ts";
import { describeCommand } from "./commands/describe.ts";
import { diffCommand } from "./commands/diff.ts";
import { explainCommand } from "./commands/explain.ts";
import { exportCommand } from "./commands/export.ts";
import { getCommand } from "./commands/get.ts";
import { historyCommand } from "./commands/history.ts";
import { initCommand } from "./commands/init.ts";
import { keysCommand } from "./commands/keys.ts";
import { ledgerCommand } from "./commands/ledger.ts";
import { promptsCommand } from "./commands/prompts.ts";
import { provisionCommand } from "./commands/provision.ts";
import { restartCommand } from "./commands/restart.ts";
import { rollbackCommand } from "./commands/rollback.ts";
import { spendCommand } from "./commands/spend.ts";
import { startCommand } from "./commands/start.ts";
import { statusCommand } from "./commands/status.ts";
import { validateCommand } from "./commands/validate.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Runs one command of `sluice`.
 * @param arguments_ What stands behind `sluice`.
 * @returns the exit code: 0 when it did its work, 1 when it could not
 */
export async function runCommandLine(arguments_: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const program = createProgram({ ...terminal, environment: environmentOf(terminal) });
    await program.parseAsync([...arguments_], { from: "user" });
    return 0;
  } catch (error) {
    // Commander has said by now what is wrong with the arguments.
    if (error instanceof CommanderError) return error.exitCode;
    terminal.error(`${explain(error)}\n`);
    return 1;
  }
}

/** The environment with the secrets that are given as files. @throws CommandError when one can't be taken */
function environmentOf(terminal: Terminal): Terminal["environment"] {
  const { environment, problems } = withSecretFiles(terminal.environment);
  if (problems.length === 0) return environment;
  throw new CommandError(`The environment is not valid: ${problems.join("; ")}.`);
}

function createProgram(terminal: Terminal): Command {
  const program = new Command("sluice")
    .description("Runs and steers a Sluice mesh.")
    .version(packageJson.version);
  const commands = [
    startCommand,
    restartCommand,
    validateCommand,
    applyCommand,
    diffCommand,
    explainCommand,
    getCommand,
    describeCommand,
    exportCommand,
    deleteCommand,
    historyCommand,
    rollbackCommand,
    auditCommand,
    keysCommand,
    statusCommand,
    spendCommand,
    promptsCommand,
    cacheCommand,
    ledgerCommand,
    initCommand,
    provisionCommand,
  ];
  for (const command of commands) program.addCommand(command(terminal));
  setOutput(program, terminal);
  return program;
}

/** Subcommands that are added do not inherit this. */
function setOutput(command: Command, terminal: Terminal): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => terminal.out(text),
    writeErr: (text) => terminal.error(text),
    outputError: (text, write) => write(text.replace(/^error: /, "sluice: ")),
  });
  for (const subcommand of command.commands) setOutput(subcommand, terminal);
}

/** What the user is told of an error: one line, or one for each problem of a file. */
function explain(error: unknown): string {
  if (error instanceof ConfigurationError) {
    const { length } = error.problems;
    return `${error.message}\nsluice: ${length} ${length === 1 ? "problem" : "problems"}; nothing was changed.`;
  }
  if (error instanceof CommandError || error instanceof SluiceError) return `sluice: ${error.message}`;
  // Not foreseen: the place helps whoever mends it.
  return `sluice: ${error instanceof Error ? error.stack : String(error)}`;
}
