import { z } from "zod";
import { targetPrioritySchema, targetWeightSchema } from "../model-pool.ts";
import { referenceSchema } from "./metadata.ts";
import { httpMethodSchema } from "./route-match.ts";

/** Most destinations of a route. */
const maxDestinations = 50;

export const externalServiceDestinationSchema = z.strictObject({
  ...referenceSchema.shape,
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe("One of its ports. Default: the only one that it has."),
});

/** One of several that a route forwards requests to. */
const weightedDestinationSchema = z
  .strictObject({
    externalService: externalServiceDestinationSchema
      .optional()
      .describe("Any HTTP service, by its ExternalService."),
    aiBackend: referenceSchema.optional().describe("An AIBackend that is called as it is (Hugging Face)."),
    weight: targetWeightSchema.default(1),
    priority: targetPrioritySchema.default(0),
  })
  .check((check) => {
    const { externalService, aiBackend } = check.value;
    if ((externalService === undefined) !== (aiBackend === undefined)) return;
    check.issues.push({
      code: "custom",
      message: "either externalService or aiBackend, one of them",
      input: check.value,
    });
  });
export type WeightedDestination = z.infer<typeof weightedDestinationSchema>;

export const routeDestinationsSchema = z
  .array(weightedDestinationSchema)
  .min(1, "name at least one destination")
  .max(maxDestinations)
  .optional()
  .describe(
    "Several that can answer, in place of destination, for requests that are forwarded as they are. Where one fails, the " +
      "next is asked in the same request, as failover says.",
  );

/** Methods of which a second request does no more than the first (RFC 9110, 9.2.2). */
export const idempotentMethods = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] as const;

export const routeFailoverSchema = z
  .strictObject({
    methods: z
      .array(httpMethodSchema)
      .describe(
        "Methods of requests that may be sent to another destination after one has had them. Any request may be as long " +
          "as none has. Default: GET, HEAD, PUT, DELETE and OPTIONS.",
      ),
  })
  .optional()
  .describe("With destinations: which requests go on to the next.");
