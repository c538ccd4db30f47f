import { setTimeout as sleep } from "node:timers/promises";
import type { ChangeEvent, ChangeEventBatch } from "@sluice/contracts/change-event";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { changeSubject } from "@sluice/contracts/subjects";
import type { BusConnection } from "./bus.ts";
import { connectionOf } from "./internal/connection.ts";
import { mayPassByItself } from "./internal/stream-refusal.ts";
import { streamAnswerMs } from "./internal/wait-for-stream.ts";

/** A message has at least one event, and more up to this size. */
const mostBytes = 128 * 1024;
/** A stream that is away for a moment is asked again so often; whoever changes something waits meanwhile. */
const attempts = 4;
const pauseMs = 500;

/**
 * Publishes what a change of the configuration did, and resolves when the event stream has all of it. The same events
 * again do no harm.
 * @throws SluiceError `ledger_unavailable` when the stream does not take them
 */
export async function publishChange(bus: BusConnection, events: readonly ChangeEvent[]): Promise<void> {
  const jetstream = connectionOf(bus).jetstream({ timeout: streamAnswerMs });
  for (const [index, part] of partsOf(events).entries()) {
    const batch: ChangeEventBatch = { events: part };
    try {
      const msgID = `change.${part[0]?.changeId}.${index}`;
      const payload = Buffer.from(JSON.stringify(batch));
      await patiently(() => jetstream.publish(changeSubject, payload, { msgID }));
    } catch (cause) {
      throw new SluiceError("ledger_unavailable", "The event stream does not take the audit of the change.", {
        cause,
      });
    }
  }
}

async function patiently(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await work();
      return;
    } catch (error) {
      if (attempt === attempts || !mayPassByItself(error)) throw error;
      await sleep(pauseMs);
    }
  }
}

function partsOf(events: readonly ChangeEvent[]): ChangeEvent[][] {
  const parts: ChangeEvent[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const event of events) {
    const size = Buffer.byteLength(JSON.stringify(event));
    bytes += size;
    if (bytes > mostBytes) {
      parts.push([]);
      bytes = size;
    }
    parts.at(-1)?.push(event);
  }
  return parts;
}
