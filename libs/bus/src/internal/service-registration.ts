import { busVersion, healthSubject } from "@sluice/contracts/subjects";
import { type Endpoint, nanos, type Service, type ServiceMsg } from "nats";
import { z } from "zod";
import type { Bus } from "../bus.ts";
import { configurationRevisionOf } from "../configuration-revision.ts";
import { connectionOf } from "./connection.ts";

/** The version of the services as `nats micro ls` shows it. */
const serviceVersion = "0.1.0";

/** What an instance adds to the framework's own statistics. */
export const endpointFiguresSchema = z.object({
  /** Requests, where the endpoint's own count is of something else. */
  requests: z.int().nonnegative().optional(),
  /** Requests that were answered with an error. */
  errors: z.int().nonnegative(),
  /** Revision of the configuration that it works by. */
  revision: z.int().positive().optional(),
  /** What whoever looks at the instance should know. */
  notices: z.array(z.string()).optional(),
});

/** Called for each request; `respond` answers it where the endpoint is one of request and reply. */
export type EndpointHandler = (data: Uint8Array, respond: (payload: string) => void) => void;

/** An instance as it is registered with the NATS services framework, which `nats micro` lists. */
export interface ServiceRegistration {
  /** Serves an endpoint in a queue group. */
  addEndpoint(name: string, subject: string, queueGroup: string, handle: EndpointHandler): void;
  /**
   * Counts a request, for services whose requests do not come by an endpoint.
   * @param processingMs time in the service's own code. @default 0
   */
  countRequest(processingMs?: number): void;
  /** Counts a request that was answered with an error. */
  countError(): void;
  /** Leaves the queue groups; what was delivered is still handled. */
  stop(): Promise<void>;
}

export async function registerService(
  bus: Bus,
  description: string,
  notices?: () => string[],
): Promise<ServiceRegistration> {
  let requests: number | undefined;
  let processingMs = 0;
  let errors = 0;
  const service: Service = await connectionOf(bus).services.add({
    name: `sluice-${bus.party.service}`,
    version: serviceVersion,
    description,
    metadata: { instance: bus.party.instance, bus: busVersion },
    statsHandler: (endpoint) => {
      if (requests !== undefined) showFigures(endpoint, requests, nanos(processingMs));
      const revision = configurationRevisionOf(bus);
      return Promise.resolve({
        requests,
        errors,
        ...(revision === undefined ? {} : { revision }),
        ...(notices === undefined ? {} : { notices: notices() }),
      });
    },
  });
  return {
    addEndpoint: (name, subject, queue, handle) => {
      service.addEndpoint(name, {
        subject,
        queue,
        handler: (error: Error | null, message: ServiceMsg) => {
          if (error === null) handle(message.data, (payload) => message.respond(payload));
          else bus.logger.error({ err: error, subject }, "an endpoint failed");
        },
      });
    },
    countRequest: (tookMs = 0) => {
      requests = (requests ?? 0) + 1;
      processingMs += tookMs;
    },
    countError: () => {
      errors++;
    },
    stop: async () => {
      await service.stop();
    },
  };
}

/** The same, for those who take no requests by an endpoint: it answers on the health subject. */
export async function registerAlive(
  bus: Bus,
  description: string,
  endpoint: string,
  notices?: () => string[],
): Promise<ServiceRegistration> {
  const registration = await registerService(bus, description, notices);
  const { party } = bus;
  registration.addEndpoint(endpoint, healthSubject(party), party.instance, (_data, respond) => respond("ok"));
  return registration;
}

/** What the framework keeps of an endpoint and shows in its statistics; not part of its documented interface. */
interface CountedEndpoint extends Endpoint {
  stats?: { num_requests: number; processing_time: number; average_processing_time: number };
}

/**
 * Shows the requests that came by another way at the endpoint that the instance has. The framework counts what its own
 * subscriptions take, and asks for no other figures.
 */
function showFigures({ stats }: CountedEndpoint, requests: number, processingNanos: number): void {
  if (stats === undefined) return;
  stats.num_requests = requests;
  stats.processing_time = processingNanos;
  stats.average_processing_time = Math.round(processingNanos / requests);
}
