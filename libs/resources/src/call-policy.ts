import { z } from "zod";

/**
 * What becomes of a call that the event stream does not take, so that it would be in no ledger: it is refused, or
 * made all the same and recorded as soon as the stream takes events again.
 */
export const unrecordedCallsSchema = z.enum(["refuse", "allow"]);
export type UnrecordedCalls = z.infer<typeof unrecordedCallsSchema>;

/**
 * What becomes of a request whose router is lost after it may have called the provider and before anything of the
 * reply came: it fails, or is sent once more, which may be paid twice.
 */
export const lostCallSchema = z.enum(["fail", "repeat"]);
export type LostCall = z.infer<typeof lostCallSchema>;
