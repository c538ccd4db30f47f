import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import type { Price } from "@sluice/contracts/price";
import type { RouterParts } from "../router-parts.ts";
import type { Reservation } from "./reservation.ts";
import { StreamRoom } from "./stream-room.ts";

export interface StreamFacts {
  parts: Pick<RouterParts, "cutReports" | "tokens">;
  envelope: IdentifiedEnvelope;
  reservation: Reservation | undefined;
  price: Price | undefined;
  /** As they are estimated. */
  inputTokens: number;
}

/** What keeps a stream within its limits; undefined where nothing that grows with it is limited. */
export function openStreamRoom({
  parts,
  envelope,
  reservation,
  price,
  inputTokens,
}: StreamFacts): StreamRoom | undefined {
  if (reservation?.room === undefined) return undefined;
  const told = new Set<string>();
  return new StreamRoom({
    room: reservation.room,
    before: reservation.used,
    operation: envelope.operation,
    price,
    inputTokens,
    raise: (amounts) => reservation.raise(amounts),
    prepareToCount: () => parts.tokens.prepare(),
    count: (text) => parts.tokens.count(text),
    onCut: (limit) => parts.cutReports.cut(envelope, limit),
    onWouldCut: (limits) => {
      const first = limits.filter((limit) => !told.has(limit));
      for (const limit of first) told.add(limit);
      if (first.length > 0) parts.cutReports.wouldCut(envelope, first);
    },
  });
}
