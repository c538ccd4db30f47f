import type { Bus } from "./bus.ts";
import { registerAlive } from "./internal/service-registration.ts";

/** A service that is listed on the bus with its figures. */
export interface AnnouncedService {
  countRequest(): void;
  countError(): void;
  stop(): Promise<void>;
}

/**
 * Lists a service on the bus that serves no step of the pipeline (ingress, ledger), so that
 * `nats micro ls` shows every instance. It answers on its health subject.
 * @param notices what whoever looks at the instance should know, a sentence each
 */
export async function announceService(
  bus: Bus,
  description: string,
  notices?: () => string[],
): Promise<AnnouncedService> {
  return await registerAlive(bus, description, "health", notices);
}
