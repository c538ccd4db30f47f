import { ErrorCode, NatsError, RequestStrategy, type ServiceStats } from "nats";
import { openConnection } from "./connect.ts";
import { endpointFiguresSchema } from "./internal/service-registration.ts";

/** An instance of a service as the bus knows it. */
export interface ListedService {
  name: string;
  instance: string;
  version: string;
  startedAt: string;
  requests: number;
  errors: number;
  /** Mean time in the step's own code per request, milliseconds. */
  averageProcessingMs: number;
  /** Revision of the configuration that it works by; undefined for one that follows none. */
  revision: number | undefined;
  /** What it wants to be known, a sentence each. */
  notices: string[];
}

/**
 * Asks every instance for its statistics, as `nats micro stats` does.
 * @param waitMs how long answers are waited for
 * @throws SluiceError `bus_unavailable` when the bus can't be reached
 */
export async function listServices(
  options: { servers: string; nkeySeed?: string | undefined },
  waitMs = 500,
): Promise<ListedService[]> {
  const connection = await openConnection(options, "operator", 5000);
  try {
    const found: ListedService[] = [];
    const client = connection.services.client({ strategy: RequestStrategy.Timer, maxWait: waitMs });
    for await (const stats of await client.stats()) {
      if (stats.name.startsWith("sluice-")) found.push(listed(stats));
    }
    return found.sort((a, b) => a.name.localeCompare(b.name) || a.instance.localeCompare(b.instance));
  } catch (error) {
    // Nobody listens on the subject: there is no service, which is an answer too.
    if (error instanceof NatsError && error.code === ErrorCode.NoResponders) return [];
    throw error;
  } finally {
    await connection.close();
  }
}

function listed(stats: ServiceStats): ListedService {
  const endpoints = stats.endpoints ?? [];
  const requests = endpoints.reduce((sum, endpoint) => sum + endpoint.num_requests, 0);
  const processingNanos = endpoints.reduce((sum, endpoint) => sum + endpoint.processing_time, 0);
  const figures = endpointFiguresSchema.safeParse(endpoints[0]?.data);
  return {
    name: stats.name,
    instance: stats.metadata?.instance ?? stats.id,
    version: stats.version,
    startedAt: stats.started,
    requests: figures.data?.requests ?? requests,
    errors: figures.data?.errors ?? 0,
    averageProcessingMs: requests === 0 ? 0 : processingNanos / requests / 1e6,
    revision: figures.data?.revision,
    notices: figures.data?.notices ?? [],
  };
}
