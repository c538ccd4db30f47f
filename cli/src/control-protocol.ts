import { serviceNameSchema } from "@sluice/contracts/service-name";
import { z } from "zod";

/**
 * What `sluice` and the supervisor say to each other over the socket in the data folder, a line of JSON each. The
 * folder is its owner's alone, and so is the socket.
 */
export const controlRequestSchema = z.object({
  command: z.literal("restart"),
  services: z.array(serviceNameSchema).min(1),
});
export type ControlRequest = z.infer<typeof controlRequestSchema>;

/** Lines for the user, then one that says how it ended. */
export const controlReplySchema = z.union([
  z.object({ line: z.string() }),
  z.object({ succeeded: z.boolean() }),
]);
export type ControlReply = z.infer<typeof controlReplySchema>;
