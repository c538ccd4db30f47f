import type { FeedbackEvent } from "@sluice/contracts/feedback-event";

/** What a key said of a reply, as the ledger keeps it. */
export interface GivenFeedback {
  requestId: string;
  keyId: string;
  user: string | undefined;
  team: string | undefined;
  score: number;
  comment: string | undefined;
  atMs: number;
}

/**
 * The feedback that events carry, of each key about each request the last one: by time, then by what it says, so that
 * the order of the events does not matter.
 */
export function givenFeedback(events: readonly FeedbackEvent[]): GivenFeedback[] {
  const byKey = new Map<string, GivenFeedback>();
  for (const { requestId, identity, score, comment, atMs } of events) {
    const { keyId, user, team } = identity;
    const given: GivenFeedback = { requestId, keyId, user, team, score, comment, atMs };
    const key = JSON.stringify([requestId, keyId]);
    const known = byKey.get(key);
    if (known === undefined || isLater(given, known)) byKey.set(key, given);
  }
  // In one order everywhere, so that two writers wait for each other and don't lock each other out.
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, given]) => given);
}

function isLater(one: GivenFeedback, other: GivenFeedback): boolean {
  if (one.atMs !== other.atMs) return one.atMs > other.atMs;
  if (one.score !== other.score) return one.score > other.score;
  // By bytes, as the database compares them.
  return Buffer.compare(Buffer.from(one.comment ?? ""), Buffer.from(other.comment ?? "")) > 0;
}
