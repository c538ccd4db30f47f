import type { Claim } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { claimBucket } from "@sluice/contracts/subjects";
import type { ObjectStore } from "nats";
import type { Bus } from "./bus.ts";
import { connectionOf } from "./internal/connection.ts";
import { fetchObject } from "./internal/fetch-object.ts";
import { storeObject } from "./internal/store-object.ts";
import { waitForStream } from "./internal/wait-for-stream.ts";

const stores = new WeakMap<Bus, Promise<ObjectStore>>();

/** The store, opened at its first use; one that could not be opened is tried again at the next. */
function storeOf(bus: Bus): Promise<ObjectStore> {
  const opened = stores.get(bus);
  if (opened !== undefined) return opened;
  const opening = connectionOf(bus).jetstream().views.os(claimBucket);
  stores.set(bus, opening);
  opening.catch(() => stores.delete(bus));
  return opening;
}

/**
 * Puts a body that is too large for a message into the object store. A store that elects a leader is waited for.
 * @throws SluiceError `bus_unavailable` when the store can't be reached or is full
 */
export async function putClaim(
  bus: Bus,
  name: string,
  body: Uint8Array,
  { singleUse }: { singleUse: boolean },
): Promise<Claim> {
  return await storing("stored", async () => {
    await storeObject(bus, claimBucket, name, body);
    return { name, bytes: body.length, singleUse };
  });
}

/** @throws SluiceError `bus_unavailable` when the store can't be reached, `internal` when the body is gone or damaged */
export async function getClaim(bus: Bus, claim: Claim): Promise<Uint8Array> {
  const body = await storing("fetched", () => fetchObject(bus, claimBucket, claim.name));
  if (body === undefined || body.length !== claim.bytes) {
    throw new SluiceError("internal", "The stored body of the request is gone.");
  }
  return body;
}

/** Deletes a body after use. What is left behind by a dead ingress expires with the bucket's age limit. */
export async function deleteClaim(bus: Bus, claim: Claim): Promise<void> {
  const store = await storeOf(bus);
  await store.delete(claim.name);
}

async function storing<T>(what: "stored" | "fetched", work: () => Promise<T>): Promise<T> {
  try {
    return await waitForStream(work);
  } catch (cause) {
    throw new SluiceError("bus_unavailable", `The body of the request could not be ${what}.`, {
      cause,
      retryAfterMs: 1000,
    });
  }
}
