import { busVersion } from "@sluice/contracts/subjects";
import type { Service, ServiceMsg } from "nats";
import { z } from "zod";
import type { Bus } from "../bus.ts";
import { connectionOf } from "./connection.ts";

/** The version of the services as `nats micro ls` shows it. */
const serviceVersion = "0.1.0";

/** What an instance adds to the framework's own statistics. */
export const endpointFiguresSchema = z.object({
  /** Requests, where the endpoint's own count is of something else. */
  requests: z.int().nonnegative().optional(),
  /** Requests that were answered with an error. */
  errors: z.int().nonnegative(),
});

/** Called for each request; `respond` answers it where the endpoint is one of request and reply. */
export type EndpointHandler = (data: Uint8Array, respond: (payload: string) => void) => void;

/** An instance as it is registered with the NATS services framework, which `nats micro` lists. */
export interface ServiceRegistration {
  /** Serves an endpoint in a queue group. */
  addEndpoint(name: string, subject: string, queueGroup: string, handle: EndpointHandler): void;
  /** Counts a request, for services whose requests do not come by an endpoint. */
  countRequest(): void;
  /** Counts a request that was answered with an error. */
  countError(): void;
  /** Leaves the queue groups; what was delivered is still handled. */
  stop(): Promise<void>;
}

export async function registerService(bus: Bus, description: string): Promise<ServiceRegistration> {
  let requests: number | undefined;
  let errors = 0;
  const service: Service = await connectionOf(bus).services.add({
    name: `sluice-${bus.party.service}`,
    version: serviceVersion,
    description,
    metadata: { instance: bus.party.instance, bus: busVersion },
    statsHandler: () => Promise.resolve({ requests, errors }),
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
    countRequest: () => {
      requests = (requests ?? 0) + 1;
    },
    countError: () => {
      errors++;
    },
    stop: async () => {
      await service.stop();
    },
  };
}
