import { z } from "zod";

/** What the upstream answers to every request, until it is told otherwise. */
export const upstreamModeSchema = z.discriminatedUnion("kind", [
  /** A whole chat completion at once. */
  z.object({ kind: z.literal("plain") }),
  /** A stream of server-sent events. */
  z.object({
    kind: z.literal("stream"),
    /** Pieces of text in a reply. */
    chunks: z.int().positive(),
    /** Pieces that leave in one write. */
    chunksPerBurst: z.int().positive(),
    /** @default 0 */
    firstTokenDelayMs: z.number().nonnegative().default(0),
    /** Between two bursts; 0 is as fast as it is read, each burst in a turn of the event loop of its own. @default 0 */
    burstPauseMs: z.number().nonnegative().default(0),
  }),
]);
export type UpstreamMode = z.infer<typeof upstreamModeSchema>;

/** An order to the upstream: answer so from now on, and count from 0. Its answer is the count until then. */
export const upstreamOrderSchema = z.object({ mode: upstreamModeSchema });

/** Requests that were answered since the last order. */
export const upstreamCountSchema = z.object({ answered: z.int() });
