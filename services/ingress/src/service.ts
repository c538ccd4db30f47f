import { announceService } from "@sluice/bus/announce-service";
import { followSnapshots } from "@sluice/resources/snapshot-follower";
import type { RunningService, ServiceContext } from "@sluice/runtime/run-service";
import { CertificateReader } from "./adapters/certificate-reader.ts";
import { ConnectionDrain } from "./adapters/drain-connections.ts";
import { createHttpServer } from "./adapters/http-server.ts";
import { listen } from "./adapters/listen.ts";
import { ListenerSet } from "./adapters/listener-set.ts";
import { stopAccepting } from "./adapters/stop-accepting.ts";
import type { IngressConfig } from "./config.ts";
import { BreakOff } from "./domain/break-off.ts";
import { OpenRequests } from "./domain/open-requests.ts";
import { handleGatewayRequest } from "./handlers/gateway-request.ts";
import type { IngressParts } from "./ingress-parts.ts";

/**
 * The HTTP edge: follows the configuration, shows itself on the bus, and takes requests until it is stopped;
 * then it takes no new connection, finishes what is open, and breaks off what takes too long.
 */
export async function startIngress(context: ServiceContext<IngressConfig>): Promise<RunningService> {
  const snapshots = await followSnapshots(context.bus, { signal: context.signal });
  let stopping = false;
  const notReadyBecause = (): string[] => [
    ...(context.bus.connected ? [] : ["bus"]),
    ...(stopping ? ["stopping"] : []),
  ];
  const listeners = new ListenerSet({
    host: context.config.listenerHost,
    ports: context.config.listenerPorts,
    certificates: new CertificateReader(context.config.environment, context.config.sealingKey),
    logger: context.logger,
    handle: (request, response, listener) => handleGatewayRequest(parts, request, response, listener),
    notReadyBecause,
  });
  const announced = await announceService(
    context.bus,
    "HTTP edge: takes requests and streams the replies",
    () => listeners.notices(),
  );
  const breakOff = new BreakOff();
  const parts: IngressParts = {
    ...context,
    snapshots,
    announced,
    openRequests: new OpenRequests(),
    breakOff,
  };
  snapshots.onChange((snapshot) => void listeners.follow(snapshot));
  await listeners.follow(snapshots.current);
  const { edges, url } = await listen(context.config.listenAt, () =>
    createHttpServer({
      handle: (request, response) => handleGatewayRequest(parts, request, response),
      notReadyBecause,
    }),
  );
  const drain = new ConnectionDrain(() => breakOff.tell());
  const stop = async (): Promise<void> => {
    stopping = true;
    // First no new connections, then word to those that are there: who is told to connect anew must not come here.
    for (const { server, connections } of edges) await stopAccepting(server, () => connections.opened);
    const connections = [...edges.map((edge) => edge.connections), ...(await listeners.close())];
    await drain.run(connections);
    await announced.stop();
    snapshots.stop();
  };
  let stopped: Promise<void> | undefined;
  return {
    ready: { url },
    notReadyBecause,
    stop: (drainMs) => {
      drain.limit(drainMs);
      stopped ??= stop();
      return stopped;
    },
  };
}
