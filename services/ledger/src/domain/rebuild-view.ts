import { z } from "zod";

const instant = z.iso.datetime().nullable();
const count = z.int().nonnegative();

/** What `GET /v1/rebuild` answers: the rebuild that runs, or the last one. */
export const rebuildViewSchema = z.object({
  running: z.boolean(),
  startedAt: instant.describe("null when there was none yet."),
  finishedAt: instant,
  instance: z.string().nullable().describe("The ledger that does it."),
  eventsDone: count.describe("Messages of the event stream that were read."),
  eventsTotal: count.describe("Messages that the stream had when it was last asked."),
  deadLetters: count.describe("Events that could not be booked and were kept as dead letters."),
  result: z.enum(["rebuilt", "failed"]).nullable().describe("null while it runs."),
  error: z.string().nullable().describe("Why it failed; the ledger is then as it was before."),
});
export type RebuildView = z.infer<typeof rebuildViewSchema>;
