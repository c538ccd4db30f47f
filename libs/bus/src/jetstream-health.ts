import { Empty, ErrorCode, NatsError } from "nats";
import type { BusConnection } from "./bus.ts";
import { connectionOf } from "./internal/connection.ts";

/**
 * - `answers`: JetStream does its work.
 * - `silent`: the server is there and its JetStream says nothing, which is what some releases do for good once their
 *   disk was full.
 * - `away`: no connection, or a server whose JetStream is off.
 */
export type JetStreamHealth = "answers" | "silent" | "away";

/** Asks JetStream whether it is alive. @param patienceMs how long it may take to answer */
export async function askJetStream(bus: BusConnection, patienceMs: number): Promise<JetStreamHealth> {
  if (!bus.connected) return "away";
  try {
    await connectionOf(bus).request("$JS.API.INFO", Empty, { timeout: patienceMs });
    return "answers";
  } catch (error) {
    const silent = error instanceof NatsError && error.code === ErrorCode.Timeout;
    return silent && bus.connected ? "silent" : "away";
  }
}
