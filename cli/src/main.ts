import { text } from "node:stream/consumers";
import { runCommandLine } from "./run-command-line.ts";

// Whoever reads the output may have read enough (`sluice keys list | head`).
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

process.exitCode = await runCommandLine(process.argv.slice(2), {
  environment: process.env,
  directory: process.cwd(),
  readInput: () => text(process.stdin),
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
});
