import { z } from "zod";

/**
 * What becomes of a stream that breaks off after the client has seen a part of it: it ends with an error event, or
 * another call goes on with it where that is safe.
 */
export const midStreamSchema = z.enum(["error", "continue"]);
export type MidStream = z.infer<typeof midStreamSchema>;

/** As models have it. */
export const midStreamFieldSchema = midStreamSchema
  .optional()
  .describe(
    "When a stream breaks off of which the client has seen a part: error ends it with an error event, continue asks the " +
      "next target to go on with it, for chats of nothing but text. Default: error.",
  );
