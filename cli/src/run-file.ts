import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { serviceNameSchema } from "@sluice/contracts/service-name";
import { z } from "zod";

/** `run.json` in the data folder: where a running mesh is to be found. Readable by its owner only. */
export const runFileSchema = z.object({
  gateway: z.string(),
  ledger: z.string(),
  /** The demo key. */
  apiKey: z.string(),
  adminKey: z.string(),
  nats: z.string(),
  redis: z.string(),
  /** Who keeps it running, and the socket that it takes orders at. @default undefined (an older version) */
  supervisor: z.object({ pid: z.int().positive(), control: z.string() }).optional(),
  processes: z.array(
    z.object({
      service: z.union([serviceNameSchema, z.string()]),
      instance: z.string(),
      pid: z.int().positive(),
      /** Where a service serves its metrics and its health; servers and the simulator have none. */
      metricsUrl: z.string().optional(),
    }),
  ),
});
export type RunFile = z.infer<typeof runFileSchema>;

/** Reads the run file of a data folder; undefined when there is none. @throws when it can't be read */
export async function readRunFile(dataFolder: string): Promise<RunFile | undefined> {
  let text: string;
  try {
    text = await readFile(join(dataFolder, "run.json"), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return runFileSchema.parse(JSON.parse(text));
}
