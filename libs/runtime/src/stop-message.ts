import { z } from "zod";

/**
 * What the process that started a service says to it over the IPC channel, in place of SIGTERM, when it knows how
 * long open work may go on. A later one may shorten that time, never lengthen it.
 */
export const stopMessageSchema = z.object({
  type: z.literal("stop"),
  drainMs: z.int().nonnegative().max(86_400_000),
});
export type StopMessage = z.infer<typeof stopMessageSchema>;
