import { setTimeout as sleep } from "node:timers/promises";
import { eventStream } from "@sluice/contracts/subjects";
import type { FaultMesh } from "./fault-mesh.ts";

/** Room that is left before the stream is full. */
const leftBytes = 64 * 1024;
const fullForMs = 4000;

/** Leaves the event stream hardly any room, and gives it back. */
export async function fillEventStream(faults: FaultMesh): Promise<void> {
  const operator = await faults.operator();
  try {
    const manager = await operator.jetstreamManager();
    const { config, state } = await manager.streams.info(eventStream.name);
    await manager.streams.update(eventStream.name, { ...config, max_bytes: state.bytes + leftBytes });
    await sleep(fullForMs);
    await manager.streams.update(eventStream.name, config);
  } finally {
    await operator.close();
  }
}
