import { closeSync, openSync } from "node:fs";

/** Whether this process has a terminal: one that was closed is gone by the time its SIGHUP is handled. */
export function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}
