import { z } from "zod";
import { labelSelectorSchema, referenceSchema } from "./metadata.ts";
import { hostSchema, pathMatchSchema } from "./route-match.ts";

/** Route tables that serve what comes below a path. */
const delegationSchema = z
  .strictObject({
    path: pathMatchSchema.optional().describe("What is delegated. Default: everything."),
    labels: labelSelectorSchema.optional().describe("To all route tables that have these labels."),
    routeTable: referenceSchema.optional().describe("To this route table."),
  })
  .check((check) => {
    if ((check.value.labels === undefined) !== (check.value.routeTable === undefined)) return;
    check.issues.push({
      code: "custom",
      message: "either labels or routeTable, one of them",
      input: check.value,
    });
  });

/** A port of the gateway. */
export const virtualGatewaySchema = z
  .strictObject({
    listeners: z
      .array(
        z.strictObject({
          port: z.int().min(1).max(65_535).describe("Port to listen on."),
          protocol: z.enum(["HTTP"]).default("HTTP").describe("What is spoken there."),
          hosts: z.array(hostSchema).min(1).default(["*"]).describe("Hosts that it answers for."),
          routes: z.array(delegationSchema).min(1).describe("Who serves what."),
        }),
      )
      .min(1)
      .describe("Where the gateway takes requests, besides its own address."),
  })
  .describe(
    "Ports on which the gateway listens besides its own address, and which route tables serve what comes there.",
  );
export type VirtualGateway = z.infer<typeof virtualGatewaySchema>;
