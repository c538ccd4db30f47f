import { SluiceError } from "@sluice/contracts/sluice-error";
import { Redis } from "ioredis";
import { redisAddress } from "./internal/redis-address.ts";

export type { Redis } from "ioredis";

export type ConnectRedisOptions = {
  /** `redis://:password@host:port/database`; `rediss://` for TLS. Is not logged and is in no error. */
  url: string;
  /** Seen in `CLIENT LIST`, such as the name of the service. No spaces. */
  name: string;
  /** How long the server may be silent while calls wait, before the connection is made anew. @default 5000 */
  silenceMs?: number;
  /** Longest pause between two attempts to connect, in ms. @default 500 */
  maxPauseMs?: number;
  /** Told when the connection is there and when it is lost, once each, with the reason in words for the log. */
  onChange?: (state: "connected" | "lost", reason: string | undefined) => void;
};

/** The first pause between two attempts to connect. */
const minPauseMs = 20;
const connectTimeoutMs = 2000;

/**
 * A connection that comes back by itself, for ever. While it is away, calls reject at once and are not kept: what is
 * sent again is the caller's decision. It connects in the background; `untilConnected` waits for it.
 *
 * TLS checks the server's certificate; `NODE_EXTRA_CA_CERTS` adds authorities.
 *
 * @throws {SluiceError} `internal`, when the URL is none
 */
export function connectRedis(options: ConnectRedisOptions): Redis {
  const { host, port, username, password, database, tls } = redisAddress(options.url);
  const maxPauseMs = options.maxPauseMs ?? 500;
  const redis = new Redis({
    host,
    port,
    db: database,
    connectionName: options.name,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
    // Slower than one write per call, with one call under way and with many.
    enableAutoPipelining: false,
    // What nobody waits for any more must not be carried out later. What is under way when the connection is lost
    // rejects at once with 0 retries; without them it would wait for the next connection, resent or not.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: connectTimeoutMs,
    socketTimeout: options.silenceMs ?? 5000,
    retryStrategy: (attempt) => Math.min(minPauseMs * 2 ** Math.min(attempt, 10), maxPauseMs),
    // A server that became a replica: its successor is at the same address.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
  });
  let state: "connected" | "lost" | "new" = "new";
  let reason: string | undefined;
  redis.on("error", (error: Error) => {
    reason = error.message;
  });
  redis.on("ready", () => {
    state = "connected";
    reason = undefined;
    options.onChange?.(state, undefined);
  });
  redis.on("close", () => {
    if (state === "lost") return;
    state = "lost";
    options.onChange?.(state, reason);
  });
  return redis;
}

/**
 * Resolves when the connection is there.
 * @throws {SluiceError} `service_unavailable`, when it is not within `timeoutMs`
 */
export async function untilConnected(redis: Redis, timeoutMs: number): Promise<void> {
  if (redis.status === "ready") return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let reason = "";
  const onError = (error: Error): void => {
    reason = `: ${error.message}`;
  };
  const timer = setTimeout(() => {
    const cause = new Error(`Redis is not reached within ${timeoutMs} ms${reason}`);
    reject(new SluiceError("service_unavailable", "The limits can't be checked at the moment.", { cause }));
  }, timeoutMs);
  redis.on("ready", resolve);
  redis.on("error", onError);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    redis.off("ready", resolve);
    redis.off("error", onError);
  }
}
