import { z } from "zod";
import { partySchema } from "./party.ts";
import { errorReportSchema } from "./sluice-error.ts";
import { usageSchema } from "./usage.ts";

/**
 * The parts of a reply, in their order: head, data*, then end or error. Each carries a sequence number
 * from 0 on; a gap is an error. `heartbeat` has no number of its own: it repeats the next one.
 * `accepted` goes to the origin only and stands outside the numbering.
 */
export const frameTypes = { accepted: 0, head: 1, data: 2, end: 3, error: 4, heartbeat: 5 } as const;
export type FrameType = keyof typeof frameTypes;

/** A router has the request and asks the origin whether it may call the provider. */
export const acceptedFrameSchema = z.object({
  holder: partySchema,
  /**
   * The route allows to pay twice: should the holder be lost before anything of the reply has come, the origin may
   * send the request once more.
   */
  repeatable: z.boolean().default(false),
  /** The holder writes the reply to the origin itself: no guard stands between. */
  direct: z.boolean().default(false),
});
export type AcceptedFrame = z.infer<typeof acceptedFrameSchema>;

/** Status and headers of the reply. Header names are lower case. */
export const headFrameSchema = z.object({
  status: z.int().min(100).max(599),
  headers: z.record(z.string(), z.string()),
});
export type HeadFrame = z.infer<typeof headFrameSchema>;

/** The reply is whole. */
export const endFrameSchema = z.object({
  /** Model as the provider named it. */
  responseModel: z.string().optional(),
  provider: z.string().optional(),
  usage: usageSchema.optional(),
  /** From the router's receipt of the request to its last byte. */
  durationMs: z.number().nonnegative().optional(),
});
export type EndFrame = z.infer<typeof endFrameSchema>;

/** Instead of a head: the request is refused. After a head: the reply stops here. */
export const errorFrameSchema = errorReportSchema;
export type ErrorFrame = z.infer<typeof errorFrameSchema>;
