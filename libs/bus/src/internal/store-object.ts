import { createHash, randomBytes } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { headers, type JetStreamClient, type PubAck } from "nats";
import type { Bus } from "../bus.ts";
import { busLost } from "./bus-lost.ts";
import { connectionOf } from "./connection.ts";
import { metaSubject, objectDigest, piecesSubject } from "./object-meta.ts";
import { streamAnswerMs } from "./wait-for-stream.ts";

/** Size of the pieces that an object is stored in; the object store's own default. */
const pieceBytes = 128 * 1024;
/** Pieces on their way at a time: what one object adds to the memory of this process beside itself. */
const piecesAhead = 4;

/**
 * Puts an object into an object store, as ADR-20 of NATS lays it down, so that the client's own functions
 * delete it. The client's own put has no bound to what it sends ahead, and where the store refuses a piece (it is
 * full, or away) that is a rejection nobody handles, which ends the process.
 *
 * Other requests have their turn between the pieces.
 * @throws SluiceError `bus_unavailable` when the connection is lost, the client's error when the store refuses it
 */
export async function storeObject(bus: Bus, bucket: string, name: string, bytes: Uint8Array): Promise<void> {
  const jetstream = connectionOf(bus).jetstream();
  const nuid = randomBytes(16).toString("hex");
  const pieces = piecesSubject(bucket, nuid);
  try {
    const hash = createHash("sha256");
    let sending: Promise<PubAck>[] = [];
    for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
      const piece = bytes.subarray(offset, offset + pieceBytes);
      hash.update(piece);
      sending.push(send(bus, jetstream, pieces, piece));
      if (sending.length < piecesAhead) continue;
      await Promise.all(sending);
      sending = [];
      await nextTurn();
    }
    await Promise.all(sending);
    const about = {
      name,
      bucket,
      nuid,
      size: bytes.length,
      chunks: Math.ceil(bytes.length / pieceBytes),
      mtime: new Date().toISOString(),
      digest: objectDigest(hash.digest()),
      deleted: false,
      options: { max_chunk_size: pieceBytes },
    };
    const rollup = headers();
    rollup.set("Nats-Rollup", "sub");
    await jetstream.publish(metaSubject(bucket, name), JSON.stringify(about), {
      headers: rollup,
      timeout: streamAnswerMs,
    });
  } catch (error) {
    removePieces(bus, bucket, pieces);
    throw error;
  }
}

function send(bus: Bus, jetstream: JetStreamClient, subject: string, piece: Uint8Array): Promise<PubAck> {
  // The client would keep it for a connection that is to come.
  if (!bus.connected) return Promise.reject(busLost());
  return jetstream.publish(subject, piece, { timeout: streamAnswerMs });
}

/** What can't be removed, the bucket's age limit does. */
function removePieces(bus: Bus, bucket: string, subject: string): void {
  if (!bus.connected) return;
  connectionOf(bus)
    .jetstreamManager({ checkAPI: false })
    .then((manager) => manager.streams.purge(`OBJ_${bucket}`, { filter: subject }))
    .catch((error: unknown) => bus.logger.warn({ err: error }, "parts of a body stay in the store"));
}
