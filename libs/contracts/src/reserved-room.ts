import { z } from "zod";

const amount = z.int().nonnegative().optional();

/**
 * How much of what a request uses is reserved for it, of each kind that a limit counts: a stream that goes beyond it asks
 * for more before it does.
 */
export const reservedRoomSchema = z.object({
  outputTokens: amount,
  totalTokens: amount,
  costNanoUsd: amount,
  /** What becomes of a stream that goes beyond it while nobody can be asked. */
  failure: z.enum(["closed", "open"]),
});
export type ReservedRoom = z.infer<typeof reservedRoomSchema>;
