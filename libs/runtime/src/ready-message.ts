import { instanceSchema, serviceNameSchema } from "@sluice/contracts/service-name";
import { z } from "zod";
import { processNameSchema } from "./process-name.ts";

const serviceReadySchema = z.object({
  service: serviceNameSchema,
  instance: instanceSchema,
  /** Where clients reach it, for services that have clients. */
  url: z.string().optional(),
});
export type ServiceReady = z.infer<typeof serviceReadySchema>;

/** What a service says to the process that started it, once it takes requests. */
export const readyMessageSchema = z.object({
  type: z.literal("ready"),
  service: processNameSchema,
  instance: instanceSchema,
  /** Where clients reach it, for services that have clients. */
  url: z.string().optional(),
  /** Base of `/metrics`, `/healthz`, `/readyz`. */
  metricsUrl: z.string(),
  /** The services of a process of several. */
  services: z.array(serviceReadySchema).optional(),
});
export type ReadyMessage = z.infer<typeof readyMessageSchema>;

/** What a thread says to its process when it does not start, before it ends. */
export const failedMessageSchema = z.object({
  type: z.literal("failed"),
  /** In one sentence, for people. */
  reason: z.string(),
});
export type FailedMessage = z.infer<typeof failedMessageSchema>;
