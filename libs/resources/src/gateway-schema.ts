import { z } from "zod";
import { byteSizeSchema } from "./byte-size.ts";
import { unrecordedCallsSchema } from "./call-policy.ts";
import { durationSchema } from "./duration.ts";
import type { GatewayLimits } from "./snapshot.ts";

const hourMs = 3_600_000;

/** What the gateway takes on, as it is written. */
export const gatewaySchema = z.strictObject({
  maxBody: byteSizeSchema({ minBytes: 1024, maxBytes: 512 * 1024 ** 2 })
    .prefault("32MiB")
    .describe("Largest body of a request; a larger one is answered 413."),
  maxOpenRequests: z
    .int()
    .min(1)
    .max(100_000)
    .default(2_000)
    .describe("Requests in progress at one ingress; one more is answered 503 at once."),
  maxJsonDepth: z.int().min(8).max(1_000).default(128).describe("Deepest nesting of a request's JSON."),
  requestTimeout: durationSchema({ minMs: 1_000, maxMs: 24 * hourMs })
    .prefault("10m")
    .describe("From the arrival of a request to the end of its answer."),
  uploadTimeout: durationSchema({ minMs: 1_000, maxMs: hourMs })
    .prefault("30s")
    .describe("For a client to send its whole body."),
});

/** How calls are recorded, as it is written. */
export const ledgerSchema = z.strictObject({
  unrecordedCalls: unrecordedCallsSchema
    .default("refuse")
    .describe(
      "When the event stream does not take a call (it is full, or not there): refuse answers 503, and nothing is " +
        "spent that is not recorded; allow makes the call, raises an alarm, and records it when the stream takes " +
        "events again.",
    ),
});

/** The same as the services read it. */
export function compileGateway(gateway: z.output<typeof gatewaySchema>): GatewayLimits {
  return {
    maxBodyBytes: gateway.maxBody,
    maxOpenRequests: gateway.maxOpenRequests,
    maxJsonDepth: gateway.maxJsonDepth,
    requestTimeoutMs: gateway.requestTimeout,
    uploadTimeoutMs: gateway.uploadTimeout,
  };
}
