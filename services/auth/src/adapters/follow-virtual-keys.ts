import type { BusConnection } from "@sluice/bus/bus";
import { openKeyValue, type Watch } from "@sluice/bus/key-value";
import { buckets } from "@sluice/contracts/subjects";
import { readVirtualKey } from "@sluice/resources/virtual-key-store";
import type { KeyRing } from "../domain/key-ring.ts";

/**
 * Keeps a key ring equal to the virtual keys on the bus, over reconnects. Resolves once all keys of that
 * moment are in it. A record that can't be read opens nothing and is logged.
 * @throws SluiceError `bus_unavailable`
 */
export async function followVirtualKeys(bus: BusConnection, keyRing: KeyRing): Promise<Watch> {
  const bucket = await openKeyValue(bus, buckets.virtualKeys);
  return bucket.watch({
    onEntry: (id, value) => {
      const key = value === undefined ? undefined : readVirtualKey(value);
      if (key?.id === id) {
        keyRing.set(key);
        return;
      }
      keyRing.delete(id);
      if (value !== undefined)
        bus.logger.error({ keyId: id }, "a virtual key that can't be read was refused");
    },
  });
}
