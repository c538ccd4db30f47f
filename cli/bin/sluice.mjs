#!/usr/bin/env node
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
// By its namespace: older versions of Node have no compile cache, and must get as far as the hand-over.
import * as nodeModule from "node:module";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

/**
 * The `sluice` command. It runs TypeScript as it is, so it needs Node 24; on an older Node it hands over to the one
 * that the set-up keeps in the project.
 */
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const project = new URL("../../", import.meta.url);
/** Starts in half the time with what was compiled before. Where the folder can't be written to, nothing is kept. */
const compileCache = fileURLToPath(new URL(".toolchain/cache/node", project));
const ownMajor = Number(process.versions.node.split(".")[0]);

if (!existsSync(new URL("cli/node_modules", project))) {
  fail("the packages are not installed. Run `npm start` or `npm test` once; it sets everything up.");
} else if (ownMajor >= 24) {
  process.env.NODE_COMPILE_CACHE ??= nodeModule.enableCompileCache(compileCache).directory ?? compileCache;
  await import(main);
} else {
  const node = fileURLToPath(new URL(".toolchain/bin/node", project));
  if (existsSync(node)) await handOver(node);
  else fail("Node 24 is not there. Run `npm start` or `npm test` once; it sets everything up.");
}

/** @param {string} text */
function fail(text) {
  process.stderr.write(`sluice: ${text}\n`);
  process.exitCode = 1;
}

/** @param {string} node */
async function handOver(node) {
  const child = spawn(node, [main, ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { NODE_COMPILE_CACHE: compileCache, ...process.env },
  });
  const signals = /** @type {NodeJS.Signals[]} */ (["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]);
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(signal === null ? code : 128 + constants.signals[signal]));
  });
}
