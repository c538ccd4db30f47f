import { instanceSchema, serviceNameSchema } from "@sluice/contracts/service-name";
import { z } from "zod";

/** What a service says to the process that started it, over the IPC channel, once it takes requests. */
export const readyMessageSchema = z.object({
  type: z.literal("ready"),
  service: serviceNameSchema,
  instance: instanceSchema,
  /** Where clients reach it, for services that have clients. */
  url: z.string().optional(),
  /** Base of `/metrics`, `/healthz`, `/readyz`. */
  metricsUrl: z.string(),
});
export type ReadyMessage = z.infer<typeof readyMessageSchema>;
