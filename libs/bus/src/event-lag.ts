import { SluiceError } from "@sluice/contracts/sluice-error";
import { deadLetterStream, eventStream, ledgerConsumer } from "@sluice/contracts/subjects";
import type { BusConnection } from "./bus.ts";
import { connectionOf, oncePerBus } from "./internal/connection.ts";

/** The event stream, and how far the ledger has come with it. */
export interface EventLag {
  /** Events that the stream has and the ledger has not booked yet, those in its hands among them. */
  waiting: number;
  /** Position of the stream's first event, and of its last. */
  firstSequence: number;
  lastSequence: number;
  /** Every event up to this position is booked. */
  bookedSequence: number;
  /** When the stream took its last event, epoch milliseconds by its own clock; undefined while it is empty. */
  lastPublishedAtMs: number | undefined;
  /** Size of the stream, and the size at which it refuses events. */
  bytes: number;
  limitBytes: number;
  /** Events that could not be booked and are kept apart; undefined where their stream is away. */
  deadLetters: number | undefined;
}

const managerOf = oncePerBus((bus: BusConnection) => connectionOf(bus).jetstreamManager({ checkAPI: false }));

/**
 * Asks the bus how far the ledger is behind the event stream. The stream is asked first: what it has by then and
 * the consumer doesn't count as waiting was booked.
 * @throws SluiceError `bus_unavailable`
 */
export async function readEventLag(bus: BusConnection): Promise<EventLag> {
  try {
    const manager = await managerOf(bus);
    const { state, config } = await manager.streams.info(eventStream.name);
    const consumer = await manager.consumers.info(eventStream.name, ledgerConsumer);
    const deadLetters = await manager.streams.info(deadLetterStream.name).catch(() => undefined);
    const waiting = consumer.num_pending + consumer.num_ack_pending;
    const lastPublishedAtMs = Date.parse(state.last_ts);
    return {
      waiting,
      firstSequence: state.first_seq,
      lastSequence: state.last_seq,
      bookedSequence:
        waiting === 0 ? state.last_seq : Math.min(consumer.ack_floor.stream_seq, state.last_seq),
      lastPublishedAtMs: lastPublishedAtMs > 0 ? lastPublishedAtMs : undefined,
      bytes: state.bytes,
      limitBytes: config.max_bytes,
      deadLetters: deadLetters?.state.messages,
    };
  } catch (cause) {
    throw new SluiceError("bus_unavailable", "The event stream could not be asked for its state.", { cause });
  }
}
