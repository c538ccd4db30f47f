import type { Msg, Subscription } from "nats";
import type { BusConnection } from "../bus.ts";
import { connectionOf } from "./connection.ts";

/**
 * The one wrapper of every bus callback. The plain client turns an async callback that rejects into an
 * unhandled rejection; here it becomes a log line, and the subscription goes on.
 */
export function guarded<M>(
  bus: BusConnection,
  subject: string,
  handler: (message: M) => void | Promise<void>,
): (message: M) => void {
  const report = (error: unknown): void => bus.logger.error({ err: error, subject }, "a bus handler failed");
  return (message) => {
    try {
      const done = handler(message);
      if (done !== undefined) done.catch(report);
    } catch (error) {
      report(error);
    }
  };
}

/**
 * Subscribes with the guard around the handler.
 * @param options `queue`: group of which one gets each message. @default each gets all
 */
export function subscribe(
  bus: BusConnection,
  subject: string,
  handler: (message: Msg) => void | Promise<void>,
  options: { queue?: string } = {},
): Subscription {
  const handle = guarded(bus, subject, handler);
  return connectionOf(bus).subscribe(subject, {
    ...options,
    callback: (error, message) => {
      if (error === null) handle(message);
      else bus.logger.error({ err: error, subject }, "a bus subscription failed");
    },
  });
}
