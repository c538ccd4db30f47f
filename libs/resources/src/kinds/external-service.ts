import { z } from "zod";
import { breakerSchema } from "../breaker.ts";
import { attemptsSchema, retriesSchema, timeoutsSchema } from "../call-limits.ts";
import { regionSchema } from "../region.ts";
import { hostSchema } from "./route-match.ts";

/** Whether a URL can name it: neither a pattern nor a number that is no address. */
function isWholeHost(host: string): boolean {
  return !host.includes("*") && URL.canParse(`http://${host}`);
}

/** Any HTTP service that routes may forward to. */
export const externalServiceSchema = z
  .strictObject({
    hosts: z
      .array(hostSchema.refine(isWholeHost, "must be a host by its full name"))
      .length(1, "must be one host: a service has one")
      .describe("Its host."),
    ports: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(63).optional().describe("For your own use."),
          number: z.int().min(1).max(65_535).describe("The port."),
          protocol: z.enum(["HTTP", "HTTPS"]).describe("Whether it is encrypted."),
        }),
      )
      .min(1)
      .describe("Its ports."),
    region: regionSchema
      .optional()
      .describe("Where it processes what it is sent, by a name of your own; for routes with regions."),
    timeouts: timeoutsSchema.prefault({}).describe("How long to wait for it."),
    retries: retriesSchema
      .extend({ attempts: attemptsSchema.default(1) })
      .prefault({})
      .describe("When a call fails in a way that may pass."),
    breaker: breakerSchema
      .prefault({})
      .describe("When it is left alone for a while, where it is one of several destinations of a route."),
  })
  .describe("Any HTTP service that routes may forward to.");
export type ExternalService = z.infer<typeof externalServiceSchema>;
