import { serviceNameSchema } from "@sluice/contracts/service-name";
import { z } from "zod";

/** What runs in a process: a service, or several of them together. */
export const processNameSchema = z.enum([...serviceNameSchema.options, "compact"]);
export type ProcessName = z.infer<typeof processNameSchema>;
