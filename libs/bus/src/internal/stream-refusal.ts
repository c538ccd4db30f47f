import { ErrorCode, NatsError } from "nats";
import { TooFewServersError } from "../too-few-servers-error.ts";

/** JetStream's error codes. */
const refusals = {
  /** A server by itself has no room on its disk. */
  insufficientStorage: 10047,
  /** A server's store is as large as it may be: what is to be kept is refused. */
  insufficientResources: 10023,
  /** A cluster has too few servers, or too few with room. */
  noSuitablePeers: 10005,
  /** A server by itself can't keep copies. */
  notClustered: 10074,
  /** A cluster has no leader. */
  temporarilyUnavailable: 10008,
};

/** Whether a stream was refused because it asked for more room than there is. */
export function isWithoutRoom(error: unknown): boolean {
  if (isRefusal(error, "insufficientStorage")) return true;
  return isRefusal(error, "noSuitablePeers") && error.message.includes("insufficient storage");
}

/** Whether a message was refused because the store of the server that keeps it is full. */
export function isFull(error: unknown): boolean {
  return isRefusal(error, "insufficientResources", "insufficientStorage");
}

/** Whether a cluster may have said this only because it elects a leader, or one of its servers still starts. */
export function mayPassByItself(error: unknown): boolean {
  if (isWithoutRoom(error)) return false;
  if (isRefusal(error, "noSuitablePeers", "temporarilyUnavailable")) return true;
  // A refusal has a code of its own, and may carry the same number.
  if (!(error instanceof NatsError) || error.api_error !== undefined) return false;
  return error.code === ErrorCode.Timeout || error.code === ErrorCode.NoResponders;
}

/** Says what is missing where it is servers for the copies; gives any other error back as it is. */
export function explainRefusal(error: unknown, replicas: number): unknown {
  if (replicas === 1 || !isRefusal(error, "noSuitablePeers", "notClustered")) return error;
  return new TooFewServersError(
    `${replicas} copies of each stream need ${replicas} nats-servers of one cluster, each with JetStream and room for the streams; the bus says: ${error.message}.`,
    { cause: error },
  );
}

function isRefusal(error: unknown, ...names: (keyof typeof refusals)[]): error is NatsError {
  if (!(error instanceof NatsError)) return false;
  return names.some((name) => refusals[name] === error.api_error?.err_code);
}
