import { createHash } from "node:crypto";
import { z } from "zod";
import type { Bus } from "../bus.ts";
import { connectionOf, oncePerBus } from "./connection.ts";
import { findMessage, noMessageFound } from "./find-message.ts";
import {
  metaSubject,
  type ObjectMeta,
  objectDigest,
  objectMetaSchema,
  piecesSubject,
} from "./object-meta.ts";
import { streamAnswerMs } from "./wait-for-stream.ts";

/** Pieces that are asked for at a time. */
const piecesAhead = 4;
const notFound = 404;

const managerOf = oncePerBus((bus: Bus) =>
  connectionOf(bus).jetstreamManager({ checkAPI: false, timeout: streamAnswerMs }),
);

/** A message of a stream in an answer of JetStream, or the error in its place. */
const storedMessageSchema = z.object({
  error: z.object({ err_code: z.int() }).optional(),
  message: z.object({ seq: z.int().positive(), data: z.string().optional() }).optional(),
});

interface Piece {
  seq: number;
  data: Uint8Array;
}

/**
 * Reads an object of an object store. The client's own way is a consumer for each object, which a cluster may place
 * on a server that has just died, and a digest that is computed in JavaScript; here the pieces are asked for.
 * @returns undefined when there is no such object, or a part of it is missing or damaged
 * @throws the client's error when the store does not answer
 */
export async function fetchObject(bus: Bus, bucket: string, name: string): Promise<Buffer | undefined> {
  const stream = `OBJ_${bucket}`;
  const meta = await storedMeta(bus, stream, metaSubject(bucket, name));
  if (meta === undefined || meta.deleted) return undefined;
  const bytes = Buffer.allocUnsafeSlow(meta.size);
  let filled = 0;
  for await (const { data } of piecesOf(bus, stream, piecesSubject(bucket, meta.nuid), meta.chunks)) {
    if (filled + data.length > bytes.length) return undefined;
    bytes.set(data, filled);
    filled += data.length;
  }
  const isWhole = filled === bytes.length && objectDigest(digest(bytes)) === meta.digest;
  return isWhole ? bytes : undefined;
}

/**
 * The pieces in order. Their positions are not known, but for the most part they follow each other, so several are
 * asked for at once: the first one from some position on, from the next position on, and so on. Where others lie
 * between, two questions have the same answer.
 */
async function* piecesOf(bus: Bus, stream: string, subject: string, count: number): AsyncGenerator<Piece> {
  let next = 1;
  let found = 0;
  while (found < count) {
    const ahead = found === 0 ? 1 : Math.min(piecesAhead, count - found);
    const asking = Array.from({ length: ahead }, (_, index) =>
      firstPiece(bus, stream, subject, next + index),
    );
    let pieces = (await Promise.all(asking)).filter((piece) => piece !== undefined);
    if (pieces.length === 0) {
      const piece = await firstPieceOfLeader(bus, stream, subject, next);
      if (piece === undefined) return;
      pieces = [piece];
    }
    for (const piece of pieces.toSorted((left, right) => left.seq - right.seq)) {
      if (piece.seq < next) continue;
      next = piece.seq + 1;
      found++;
      yield piece;
    }
  }
}

/** The first piece from a position on, as the server has it that takes the question. */
async function firstPiece(
  bus: Bus,
  stream: string,
  subject: string,
  seq: number,
): Promise<Piece | undefined> {
  const query = JSON.stringify({ seq, next_by_subj: subject });
  const options = { timeout: streamAnswerMs };
  const { headers, data } = await connectionOf(bus).request(`$JS.API.DIRECT.GET.${stream}`, query, options);
  if (headers?.code === notFound) return undefined;
  const found = Number(headers?.get("Nats-Sequence"));
  if (!Number.isSafeInteger(found) || found < seq) throw new Error("the store gave no piece");
  return { seq: found, data };
}

/** The same as the stream's leader has it: whichever server had the question may lag behind. */
async function firstPieceOfLeader(
  bus: Bus,
  stream: string,
  subject: string,
  seq: number,
): Promise<Piece | undefined> {
  const query = JSON.stringify({ seq, next_by_subj: subject });
  const options = { timeout: streamAnswerMs };
  const answer = await connectionOf(bus).request(`$JS.API.STREAM.MSG.GET.${stream}`, query, options);
  const { error, message } = storedMessageSchema.parse(answer.json());
  if (error !== undefined && error.err_code !== noMessageFound) throw new Error("the store gave no piece");
  return message === undefined
    ? undefined
    : { seq: message.seq, data: Buffer.from(message.data ?? "", "base64") };
}

async function storedMeta(bus: Bus, stream: string, subject: string): Promise<ObjectMeta | undefined> {
  const kept = await findMessage(await managerOf(bus), stream, { last_by_subj: subject });
  return kept === undefined ? undefined : objectMetaSchema.parse(kept.json());
}

function digest(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
