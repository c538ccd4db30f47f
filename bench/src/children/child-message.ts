import { z } from "zod";

/** What a child of the bench says to its parent: that it is ready, and the answer to each order. */
export const childMessageSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready"), url: z.string().optional() }),
  z.object({ type: z.literal("done"), id: z.int(), result: z.unknown() }),
  z.object({ type: z.literal("failed"), id: z.int(), reason: z.string() }),
]);
export type ChildMessage = z.infer<typeof childMessageSchema>;

/** What the parent tells a child: do this, and say when it is done. */
export const orderMessageSchema = z.object({ type: z.literal("order"), id: z.int(), order: z.unknown() });
export type OrderMessage = z.infer<typeof orderMessageSchema>;
