import { isMainThread, parentPort } from "node:worker_threads";
import type { FailedMessage, ReadyMessage } from "./ready-message.ts";

/** Who started this process, or this thread, with a channel to it. */
export interface Parent {
  say(message: ReadyMessage | FailedMessage): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Calls `listener` when the parent is gone. */
  onGone(listener: () => void): void;
}

/** @returns undefined where nobody listens: a process without an IPC channel */
export function findParent(): Parent | undefined {
  if (!isMainThread && parentPort !== null) {
    const port = parentPort;
    return {
      say: (message) => port.postMessage(message),
      onMessage: (listener) => port.on("message", listener),
      onGone: (listener) => port.once("close", listener),
    };
  }
  if (process.send === undefined) return undefined;
  return {
    // A parent that is gone by now is noticed by its channel, not by this.
    say: (message) => process.send?.(message, undefined, undefined, () => undefined),
    onMessage: (listener) => process.on("message", listener),
    onGone: (listener) => process.once("disconnect", listener),
  };
}
