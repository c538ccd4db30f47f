import { type NatsServer, type NatsServerOptions, startNatsServer } from "../nats-server.ts";
import { type PostgresOptions, type PostgresServer, startPostgres } from "../postgres-server.ts";
import { type RedisServer, type RedisServerOptions, startRedisServer } from "../redis-server.ts";
import { startNatsContainer } from "./nats-container.ts";
import { startPostgresContainer } from "./postgres-container.ts";
import { startRedisContainer } from "./redis-container.ts";
import { testBackend } from "./test-backend.ts";

/**
 * The servers that tests work with: child processes, or containers where `SLUICE_TEST_BACKENDS` says so. Both are
 * used alike; what a container can't give fails in words that say so.
 * @throws {ServerError}
 */

/** @see startNatsServer */
export function startTestNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  return testBackend() === "containers" ? startNatsContainer(options) : startNatsServer(options);
}

/** @see startRedisServer */
export function startTestRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  return testBackend() === "containers" ? startRedisContainer(options) : startRedisServer(options);
}

/** @see startPostgres */
export function startTestPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  return testBackend() === "containers" ? startPostgresContainer(options) : startPostgres(options);
}
