import { setTimeout as delay } from "node:timers/promises";
import type { JetStreamHealth } from "@sluice/bus/jetstream-health";

/** Pause between two looks. */
const intervalMs = 2000;
/** How often in a row JetStream may give no answer: a machine that is short of time is no fault of the server. */
const silencesBeforeRestart = 3;
/** What the store needs to start and to take events for a while. */
const leastRoomBytes = 32 * 1024 * 1024;

export interface JetStreamWatchOptions {
  /** Takes its time to find out; see libs/bus. */
  ask(): Promise<JetStreamHealth>;
  /** Bytes that the disk of the store has left. */
  freeBytes(): number;
  /** Kills the server, which does not end by itself in this state; whoever keeps it starts it again. */
  kill(): void;
  /** Takes what the user should know, one line each. */
  tell(line: string): void;
  /** Pause between two looks. @default 2000 */
  intervalMs?: number;
}

/**
 * Looks after the JetStream of the mesh's own nats-server. A server whose disk was full (2.9 at least) goes on
 * carrying messages, but its JetStream says nothing any more, also when there is room again, until it is started
 * anew. That is done as soon as there is room.
 * @returns how to stop watching
 */
export function watchJetStream(options: JetStreamWatchOptions): () => void {
  const stopping = new AbortController();
  void watch(options, stopping.signal);
  return () => stopping.abort();
}

async function watch(options: JetStreamWatchOptions, signal: AbortSignal): Promise<void> {
  let silences = 0;
  let toldOfDisk = false;
  while (await pause(options.intervalMs ?? intervalMs, signal)) {
    silences = (await options.ask()) === "silent" ? silences + 1 : 0;
    if (silences < silencesBeforeRestart || signal.aborted) continue;
    if (options.freeBytes() < leastRoomBytes) {
      if (!toldOfDisk) options.tell("JetStream has stopped: the disk of the bus is full. Waiting for room.");
      toldOfDisk = true;
      continue;
    }
    options.tell("JetStream does not answer: nats-server is started anew.");
    options.kill();
    silences = 0;
    toldOfDisk = false;
  }
}

/** @returns false when the signal ended the pause */
async function pause(durationMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(durationMs, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
