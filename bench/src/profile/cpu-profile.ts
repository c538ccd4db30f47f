import { z } from "zod";

/** A V8 CPU profile, as much of it as is read here; `.cpuprofile` files hold it whole. */
export const cpuProfileSchema = z.looseObject({
  nodes: z.array(
    z.looseObject({
      id: z.int(),
      callFrame: z.looseObject({
        functionName: z.string(),
        url: z.string(),
        /** From 0. */
        lineNumber: z.int(),
      }),
      children: z.array(z.int()).optional(),
    }),
  ),
  samples: z.array(z.int()),
  /** Microseconds before each sample. */
  timeDeltas: z.array(z.number()),
});
export type CpuProfile = z.infer<typeof cpuProfileSchema>;
