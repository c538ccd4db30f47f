import type { Claim } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { claimBucket } from "@sluice/contracts/subjects";
import type { ObjectStore } from "nats";
import type { Bus } from "./bus.ts";
import { connectionOf, oncePerBus } from "./internal/connection.ts";

/** Size of the pieces that a body is stored in; the object store's own default. */
const pieceBytes = 128 * 1024;

const storeOf = oncePerBus(
  (bus): Promise<ObjectStore> => connectionOf(bus).jetstream().views.os(claimBucket),
);

/**
 * Puts a body that is too large for a message into the object store.
 * @throws SluiceError `bus_unavailable` when the store can't be reached or is full
 */
export async function putClaim(
  bus: Bus,
  name: string,
  body: Uint8Array,
  { singleUse }: { singleUse: boolean },
): Promise<Claim> {
  return await storing("stored", async () => {
    const store = await storeOf(bus);
    await store.put({ name }, inPieces(body));
    return { name, bytes: body.length, singleUse };
  });
}

/** @throws SluiceError `bus_unavailable` when the store can't be reached, `internal` when the body is gone or damaged */
export async function getClaim(bus: Bus, claim: Claim): Promise<Uint8Array> {
  const body = await storing("fetched", async () => {
    const store = await storeOf(bus);
    return await store.getBlob(claim.name);
  });
  if (body === null || body.length !== claim.bytes) {
    throw new SluiceError("internal", "The stored body of the request is gone.");
  }
  return body;
}

/** Deletes a body after use. What is left behind by a dead ingress expires with the bucket's age limit. */
export async function deleteClaim(bus: Bus, claim: Claim): Promise<void> {
  const store = await storeOf(bus);
  await store.delete(claim.name);
}

/**
 * A body as a stream with a turn of the event loop before each piece: the client hashes what it gets in one go,
 * and 32 MiB of it would hold up every other request for half a second.
 */
function inPieces(body: Uint8Array): ReadableStream<Uint8Array> {
  let offset = 0;
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (offset >= body.length) {
        controller.close();
        return;
      }
      controller.enqueue(body.subarray(offset, offset + pieceBytes));
      offset += pieceBytes;
    },
  });
}

async function storing<T>(what: "stored" | "fetched", work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new SluiceError("bus_unavailable", `The body of the request could not be ${what}.`, {
      cause,
      retryAfterMs: 1000,
    });
  }
}
