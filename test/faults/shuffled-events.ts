import { setTimeout as sleep } from "node:timers/promises";
import { eventStream, ledgerConsumer } from "@sluice/contracts/subjects";
import { headers, type NatsConnection } from "nats";
import type { FaultMesh } from "./fault-mesh.ts";

/** How long events gather while no ledger takes them. */
const gatheringMs = 3000;

/**
 * Gives the ledgers the same events in another order and some of them several times: they stand still while events
 * gather in the stream, which are then taken out and put in anew.
 */
export async function shuffleEvents(faults: FaultMesh): Promise<void> {
  const ledgers = await faults.pids("ledger");
  const operator = await faults.operator();
  for (const pid of ledgers) process.kill(pid, "SIGSTOP");
  try {
    await sleep(gatheringMs);
    await republish(operator);
  } finally {
    for (const pid of ledgers) process.kill(pid, "SIGCONT");
    await operator.close();
  }
}

async function republish(operator: NatsConnection): Promise<void> {
  const manager = await operator.jetstreamManager();
  const { ack_floor: floor } = await manager.consumers.info(eventStream.name, ledgerConsumer);
  const { state } = await manager.streams.info(eventStream.name);
  const copies: { subject: string; data: Uint8Array; id: string }[] = [];
  for (let sequence = floor.stream_seq + 1; sequence <= state.last_seq; sequence++) {
    const { subject, data } = await manager.streams.getMessage(eventStream.name, { seq: sequence });
    for (let copy = 0; copy <= sequence % 3; copy++) {
      copies.push({ subject, data, id: `copy-${sequence}-${copy}` });
    }
  }
  // What no ledger has booked yet comes from now on in the new order only.
  for (let sequence = floor.stream_seq + 1; sequence <= state.last_seq; sequence++) {
    await manager.streams.deleteMessage(eventStream.name, sequence, false);
  }
  const jetstream = operator.jetstream();
  for (const { subject, data, id } of shuffled(copies)) {
    const marks = headers();
    marks.set("Nats-Msg-Id", id);
    await jetstream.publish(subject, data, { headers: marks });
  }
}

/** Fisher and Yates, in place. */
function shuffled<Item>(items: Item[]): Item[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    const [a, b] = [items[last], items[other]];
    if (a !== undefined && b !== undefined) [items[last], items[other]] = [b, a];
  }
  return items;
}
