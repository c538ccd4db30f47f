import { announceService } from "@sluice/bus/announce-service";
import { followSnapshots } from "@sluice/resources/snapshot-follower";
import type { RunningService, ServiceContext } from "@sluice/runtime/run-service";
import { createHttpServer } from "./adapters/http-server.ts";
import type { IngressConfig } from "./config.ts";
import { OpenRequests } from "./domain/open-requests.ts";
import { handleGatewayRequest } from "./handlers/gateway-request.ts";
import type { IngressParts } from "./ingress-parts.ts";

/**
 * The HTTP edge: follows the configuration, shows itself on the bus, and takes requests until it is stopped;
 * then it takes no new connection and finishes what is open.
 */
export async function startIngress(context: ServiceContext<IngressConfig>): Promise<RunningService> {
  const snapshots = await followSnapshots(context.bus, { signal: context.signal });
  const announced = await announceService(context.bus, "HTTP edge: takes requests and streams the replies");
  const parts: IngressParts = { ...context, snapshots, announced, openRequests: new OpenRequests() };
  let stopping = false;
  const notReadyBecause = (): string[] => [
    ...(context.bus.connected ? [] : ["bus"]),
    ...(stopping ? ["stopping"] : []),
  ];
  const server = createHttpServer({
    handle: (request, response) => handleGatewayRequest(parts, request, response),
    notReadyBecause,
  });
  const { host, port, reusePort } = context.config;
  // Passed on to node:net, which knows `reusePort`; the types of Fastify do not.
  const listenOptions = { host, port, reusePort };
  const url = await server.listen(listenOptions);
  return {
    ready: { url },
    notReadyBecause,
    stop: async () => {
      stopping = true;
      await server.close();
      await announced.stop();
      snapshots.stop();
    },
  };
}
