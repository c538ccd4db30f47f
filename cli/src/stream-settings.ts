import { parseByteSize } from "@sluice/resources/byte-size";
import { z } from "zod";

/** What the event stream needs at least to be of use, as libs/bus has it. */
const leastEventStreamBytes = 16 * 1024 ** 2;
const eventStreamHint = "must be a size of at least 16MiB, as 10GiB or a number of bytes";

/** How the streams of a mesh are made, from the environment. */
export const streamSettingsShape = {
  /** Largest size of the event stream; when it is full, calls are refused until the ledger has caught up. @default 10GiB */
  SLUICE_EVENT_STREAM_BYTES: z
    .string()
    .transform((text) => (/^\d{1,15}$/.test(text) ? Number(text) : (parseByteSize(text) ?? 0)))
    .refine((bytes) => bytes >= leastEventStreamBytes, eventStreamHint)
    .optional(),
  /** Copies of each stream, on as many servers of a NATS cluster. @default undefined (1; streams that are there keep theirs) */
  SLUICE_STREAM_REPLICAS: z.enum(["1", "3", "5"], "must be 1, 3 or 5").transform(Number).optional(),
};
