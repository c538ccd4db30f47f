import { announceService } from "@sluice/bus/announce-service";
import { noteConfigurationRevision } from "@sluice/bus/configuration-revision";
import type { TestBus } from "@sluice/bus/testing/test-bus";
import type { ServiceName } from "@sluice/contracts/service-name";

/** Lists an instance of each of some services on the bus, as if it worked by a revision, or by none. */
export async function announceServices(
  testBus: TestBus,
  revisions: Partial<Record<ServiceName, number | undefined>>,
): Promise<void> {
  for (const [service, revision] of Object.entries(revisions) as [ServiceName, number | undefined][]) {
    const bus = await testBus.connect(service);
    if (revision !== undefined) noteConfigurationRevision(bus, revision);
    await announceService(bus, "test");
  }
}
