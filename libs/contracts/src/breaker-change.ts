import { z } from "zod";
import { instanceSchema } from "./service-name.ts";

/** A router tells the others that a target is to be left alone for a while, or that it answers again. */
export const breakerChangeSchema = z.object({
  by: instanceSchema,
  backend: z.string(),
  /** Model as the backend calls it. */
  model: z.string(),
  /** Milliseconds from now; 0: it answers again. */
  openForMs: z.int().nonnegative(),
});
export type BreakerChange = z.infer<typeof breakerChangeSchema>;
