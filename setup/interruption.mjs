import { constants } from "node:os";

/** @type {Set<() => void>} */
const undoSteps = new Set();

/**
 * Registers what must be undone when the set-up is interrupted by a signal.
 * @param {() => void} undo
 * @returns {() => void} Takes it back, once it has been done or is no longer needed.
 */
export function onInterruption(undo) {
  undoSteps.add(undo);
  return () => undoSteps.delete(undo);
}

/** @param {NodeJS.Signals} signal */
function endBySignal(signal) {
  for (const undo of [...undoSteps].reverse()) undo();
  process.stderr.write("\nset-up: interrupted; run the command again to go on.\n");
  process.exit(128 + constants.signals[signal]);
}

/**
 * Handles signals until the returned function is called: the set-up stops, and nothing that it began stays behind.
 * @returns {() => void}
 */
export function watchForInterruption() {
  const signals = /** @type {NodeJS.Signals[]} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
  for (const signal of signals) process.on(signal, endBySignal);
  return () => {
    for (const signal of signals) process.off(signal, endBySignal);
  };
}
