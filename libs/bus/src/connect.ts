import { setTimeout as sleep } from "node:timers/promises";
import type { BusUser, Instance, ServiceName } from "@sluice/contracts/service-name";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Logger } from "@sluice/telemetry/logger";
import type { MeshMetrics } from "@sluice/telemetry/mesh-metrics";
import { connect, DebugEvents, Events, type NatsConnection, nkeyAuthenticator, type Status } from "nats";
import { Bus, BusConnection, smallestMaxPayloadBytes } from "./bus.ts";
import type { InProcessHub } from "./in-process-hub.ts";
import { bindConnection } from "./internal/connection.ts";
import { outboxOf } from "./internal/outbox.ts";
import { joinConnection } from "./internal/shared-connection.ts";
import { inboxPrefix } from "./permissions.ts";

/** How long a closing connection may take to send what is queued. */
const drainMs = 3000;

export interface ConnectBusOptions {
  /**
   * One NATS URL or several of a cluster, with a comma between them. A URL may carry `user:password@`; those of the
   * first that does hold for all.
   */
  servers: string;
  /** Seed of the NKey that this service has on the bus. @default none: what the URL carries, or nothing */
  nkeySeed?: string | undefined;
  service: ServiceName;
  instance: Instance;
  logger: Logger;
  metrics: MeshMetrics;
  /** How long the first connection may take. @default 10000 */
  timeoutMs?: number;
  /**
   * Carries requests and replies to the other services of this process that are connected with it. They share one
   * connection, as the user `compact`.
   * @default undefined (a connection as the service's own user, which carries all)
   */
  hub?: InProcessHub;
}

/**
 * Connects a process to the bus. Once connected, it reconnects for ever by itself; in between,
 * `bus.connected` is false and publishing fails at once instead of growing a buffer.
 * @throws SluiceError `bus_unavailable` when no server answers in time, the credentials are refused, or the
 * server takes small messages only
 */
export async function connectBus(options: ConnectBusOptions): Promise<Bus> {
  const { hub, service, timeoutMs = 10_000 } = options;
  const user = hub === undefined ? service : "compact";
  const open = () => openConnection(options, user, timeoutMs);
  const { connection, close } =
    hub === undefined ? ownConnection(await open()) : await joinConnection(hub, open, closeConnection);
  const maxPayloadBytes = connection.info?.max_payload ?? smallestMaxPayloadBytes;
  if (maxPayloadBytes < smallestMaxPayloadBytes) {
    await close();
    throw new SluiceError(
      "bus_unavailable",
      `NATS takes messages of ${maxPayloadBytes} bytes only; its max_payload must be ${smallestMaxPayloadBytes} at least.`,
    );
  }
  const bus = new Bus({
    user,
    party: { service, instance: options.instance },
    logger: options.logger,
    metrics: options.metrics,
    maxPayloadBytes,
    hub,
    close: async () => {
      outboxOf(bus).send();
      await close();
      // A connection that others go on with says nothing of its end.
      if (hub !== undefined) bus.setClosed();
    },
  });
  bindConnection(bus, connection);
  watchStatus(bus, connection);
  return bus;
}

export interface ConnectOperatorOptions {
  servers: string;
  /** Seed of the operator's NKey. @default none: what the URL carries, or nothing */
  nkeySeed?: string | undefined;
  logger: Logger;
}

/**
 * Connects the supervisor or the command line, which may write configuration and keys.
 * @throws SluiceError `bus_unavailable` when no server answers in time or the credentials are refused
 */
export async function connectOperator(options: ConnectOperatorOptions): Promise<BusConnection> {
  const connection = await openConnection(options, "operator", 5000);
  const bus = new BusConnection({
    user: "operator",
    logger: options.logger,
    close: () => closeConnection(connection),
  });
  bindConnection(bus, connection);
  watchStatus(bus, connection);
  return bus;
}

/** Opens the client's connection as `user`; shared with what connects without being a service. */
export async function openConnection(
  options: { servers: string; nkeySeed?: string | undefined },
  user: BusUser,
  timeoutMs: number,
): Promise<NatsConnection> {
  const servers = options.servers
    .split(",")
    .map((server) => server.trim())
    .filter((server) => server !== "")
    .map((server) => new URL(server.includes("://") ? server : `nats://${server}`));
  if (servers.length === 0) throw new SluiceError("bus_unavailable", "No NATS server is named.");
  try {
    return await connect({
      servers: servers.map((url) => url.host),
      ...(options.nkeySeed === undefined
        ? userFromUrl(servers.find(({ username }) => username !== ""))
        : { authenticator: nkeyAuthenticator(new TextEncoder().encode(options.nkeySeed.trim())) }),
      name: `sluice-${user}`,
      inboxPrefix: inboxPrefix(user),
      // Without async traces a request costs half as much.
      noAsyncTraces: true,
      // For each of them: one that stands still takes the connection and says nothing.
      timeout: Math.ceil(timeoutMs / servers.length),
      maxReconnectAttempts: -1,
      reconnectTimeWait: 200,
      reconnectJitter: 200,
      // A server that was restarted may refuse everybody for a moment; that must not be for ever.
      ignoreAuthErrorAbort: true,
      // A server that is stuck or cut off takes no message and refuses none: what is published piles up here
      // until its silence is noticed.
      pingInterval: 2000,
      maxPingOut: 2,
    });
  } catch (cause) {
    throw new SluiceError(
      "bus_unavailable",
      `No connection to NATS at ${servers.map((url) => url.host).join(", ")}.`,
      {
        cause,
      },
    );
  }
}

function userFromUrl(url: URL | undefined): { user?: string; pass?: string; token?: string } {
  if (url === undefined) return {};
  const user = decodeURIComponent(url.username);
  return url.password === "" ? { token: user } : { user, pass: decodeURIComponent(url.password) };
}

function ownConnection(connection: NatsConnection) {
  return { connection, close: () => closeConnection(connection) };
}

async function closeConnection(connection: NatsConnection): Promise<void> {
  if (connection.isClosed()) return;
  const tooLong = new AbortController();
  try {
    const timeout = sleep(drainMs, undefined, { signal: tooLong.signal }).catch(() => undefined);
    await Promise.race([connection.drain(), timeout]);
  } finally {
    tooLong.abort();
    // A connection that is down, or goes down meanwhile, can't be drained, only closed.
    await connection.close();
  }
}

function watchStatus(bus: BusConnection, connection: NatsConnection): void {
  const follow = async (): Promise<void> => {
    for await (const status of connection.status()) applyStatus(bus, status);
  };
  follow().catch((error: unknown) =>
    bus.logger.error({ err: error }, "the status of the bus can't be followed"),
  );
  connection.closed().then(
    () => bus.setClosed(),
    (error: unknown) => bus.logger.error({ err: error }, "the bus connection closed with an error"),
  );
}

function applyStatus(bus: BusConnection, status: Status): void {
  switch (status.type) {
    case Events.Disconnect:
      bus.logger.warn("bus connection lost");
      bus.setConnected(false);
      break;
    case Events.Reconnect:
      bus.logger.info("bus connection restored");
      bus.setConnected(true);
      break;
    case Events.Error:
      bus.logger.error(
        { fault: String(status.data), permission: status.permissionContext },
        "the bus reports an error",
      );
      break;
    case Events.LDM:
      bus.logger.info("the bus server is going to shut down");
      break;
    case DebugEvents.StaleConnection:
      bus.logger.warn("the bus server does not answer pings");
      break;
    default:
      break;
  }
}
