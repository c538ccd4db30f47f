import { dialectNameSchema } from "@sluice/contracts/dialect-name";
import { z } from "zod";
import { labelsSchema, referenceSchema, resourceNameSchema } from "./metadata.ts";
import { hostSchema, pathSchema, routeMatchSchema } from "./route-match.ts";
import { tableModelSchema } from "./table-model.ts";

const destinationSchema = z
  .strictObject({
    aiBackend: referenceSchema.optional().describe("A model behind an AIBackend."),
    externalService: z
      .strictObject({
        ...referenceSchema.shape,
        port: z
          .int()
          .min(1)
          .max(65_535)
          .optional()
          .describe("One of its ports. Default: the only one that it has."),
      })
      .optional()
      .describe("Any HTTP service, by its ExternalService."),
  })
  .check((check) => {
    if ((check.value.aiBackend === undefined) !== (check.value.externalService === undefined)) return;
    check.issues.push({
      code: "custom",
      message: "either aiBackend or externalService, one of them",
      input: check.value,
    });
  });

const rewriteSchema = z.strictObject({
  path: pathSchema
    .optional()
    .describe(
      "In place of the matched prefix, or of the whole path where it is matched exactly or by a pattern.",
    ),
  host: hostSchema
    .optional()
    .describe("The host header for the destination. Default: the destination's own."),
});

const routePoliciesSchema = z.strictObject({
  ai: z.array(referenceSchema).min(1).optional().describe("AIPolicy resources."),
  auth: referenceSchema.optional().describe("An AuthPolicy."),
  transformation: referenceSchema.optional().describe("A TransformationPolicy."),
});

export const routeSchema = z.strictObject({
  name: resourceNameSchema
    .optional()
    .describe("Name of the route in its table. Default: its position, from 0."),
  labels: labelsSchema.default({}).describe("By which policies choose it."),
  match: z.array(routeMatchSchema).min(1).prefault([{}]).describe("Which requests it is for: one of these."),
  dialect: dialectNameSchema
    .default("openai")
    .describe("What the clients of an AIBackend's route speak; Sluice translates."),
  rewrite: rewriteSchema.optional().describe("How an external service sees the request."),
  destination: destinationSchema.describe("Who answers."),
  policies: routePoliciesSchema
    .prefault({})
    .describe("Policies by name; others choose the route themselves."),
});
export type RouteSpec = z.infer<typeof routeSchema>;

export const routeTableSchema = z
  .strictObject({
    authentication: z
      .enum(["required", "optional"])
      .default("required")
      .describe(
        "Who may use a route that no AuthPolicy covers: required asks for a virtual key; optional lets anyone in, and " +
          "knows who sends a virtual key all the same.",
      ),
    hosts: z.array(hostSchema).min(1).default(["*"]).describe("Hosts that the routes are for."),
    routes: z
      .array(routeSchema)
      .default([])
      .describe(
        "The routes. The more specific goes first: host before any host, exact path before the longest prefix, " +
          "that before a pattern, more conditions before fewer.",
      ),
    models: z
      .array(tableModelSchema)
      .default([])
      .describe("Models that the gateway's own endpoints serve to holders of virtual keys."),
  })
  .check((check) => {
    if (check.value.routes.length + check.value.models.length > 0) return;
    check.issues.push({
      code: "custom",
      message: "the table has neither routes nor models, so it would do nothing",
      input: check.value,
    });
  })
  .describe("Routes and models: which requests go where, and which policies apply on the way.");
export type RouteTable = z.infer<typeof routeTableSchema>;
