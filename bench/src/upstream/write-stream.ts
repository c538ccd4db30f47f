import type { Socket } from "node:net";
import type { UpstreamMode } from "./upstream-mode.ts";

/**
 * Writes a streamed reply: each burst is one write in a turn of its own, and a reader that is slow slows it.
 * A connection that closes meanwhile ends it.
 */
export function writeStream(
  socket: Socket,
  bursts: readonly Buffer[],
  mode: Extract<UpstreamMode, { kind: "stream" }>,
): void {
  let index = 0;
  const next = (): void => {
    const burst = bursts[index];
    if (burst === undefined || socket.destroyed) return;
    const hasRoom = socket.write(burst);
    index++;
    if (!hasRoom) socket.once("drain", next);
    else if (mode.burstPauseMs > 0) setTimeout(next, mode.burstPauseMs);
    else setImmediate(next);
  };
  if (mode.firstTokenDelayMs > 0) setTimeout(next, mode.firstTokenDelayMs);
  else next();
}
