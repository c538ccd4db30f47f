import { constants } from "node:os";

/** @type {Set<() => void | Promise<void>>} */
const undoSteps = new Set();
let interrupted = false;

/**
 * Registers what must be done before the set-up may end by a signal.
 * @param {() => void | Promise<void>} undo
 * @returns {() => void} Takes it back, once it has been done or is no longer needed.
 */
export function onInterruption(undo) {
  undoSteps.add(undo);
  return () => undoSteps.delete(undo);
}

/** Whether a signal has come: no further step may begin. */
export function isInterrupted() {
  return interrupted;
}

/** @param {NodeJS.Signals} signal */
async function endBySignal(signal) {
  if (interrupted) return;
  interrupted = true;
  process.stderr.write("\nset-up: interrupted; leaving things in order.\n");
  for (const undo of [...undoSteps].reverse()) await undo();
  process.exit(128 + constants.signals[signal]);
}

/**
 * Handles signals until the returned function is called: the set-up stops, and nothing that it began stays behind
 * half done.
 * @returns {() => void}
 */
export function watchForInterruption() {
  const signals = /** @type {NodeJS.Signals[]} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
  const handle = (/** @type {NodeJS.Signals} */ signal) => void endBySignal(signal);
  for (const signal of signals) process.on(signal, handle);
  return () => {
    for (const signal of signals) process.off(signal, handle);
  };
}
