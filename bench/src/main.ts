import { constants } from "node:os";
import { CommanderError } from "commander";
import { BenchError } from "./bench-error.ts";
import { benchCommand } from "./bench-options.ts";
import { runBench } from "./run-bench.ts";

const interruption = new AbortController();
let interruptedBy: NodeJS.Signals | undefined;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    interruptedBy ??= signal;
    interruption.abort();
  });
}
// Whoever reads the output has gone (`npm run bench | head`): end in order.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  interruption.abort();
});
const tell = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const command = benchCommand((options) => runBench(options, { signal: interruption.signal, tell }));
  command.exitOverride();
  command.configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "bench: ")) });
  await command.parseAsync();
} catch (error) {
  // Commander has said by now what is wrong with the arguments.
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    const isForeseen = error instanceof BenchError || !(error instanceof Error);
    process.stderr.write(`bench: ${isForeseen ? String(error).replace(/^BenchError: /, "") : error.stack}\n`);
    process.exitCode = 1;
  }
}
if (interruptedBy !== undefined) process.exitCode = 128 + constants.signals[interruptedBy];
