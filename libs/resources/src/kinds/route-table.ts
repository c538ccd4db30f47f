import { dialectNameSchema } from "@sluice/contracts/dialect-name";
import { z } from "zod";
import { promptNamePattern } from "../prompt-template.ts";
import { regionsSchema } from "../region.ts";
import { labelsSchema, referenceSchema, resourceNameSchema } from "./metadata.ts";
import {
  externalServiceDestinationSchema,
  routeDestinationsSchema,
  routeFailoverSchema,
} from "./route-destination.ts";
import { hostSchema, pathSchema, routeMatchSchema } from "./route-match.ts";
import { tableModelSchema } from "./table-model.ts";

const destinationSchema = z
  .strictObject({
    aiBackend: referenceSchema.optional().describe("A model behind an AIBackend."),
    model: z
      .string()
      .min(1)
      .max(256)
      .regex(/^[^*\s]+$/, "a name without blanks and without *")
      .optional()
      .describe(
        "One of the models that the gateway's own endpoints serve, with its targets and its policies.",
      ),
    externalService: externalServiceDestinationSchema
      .optional()
      .describe("Any HTTP service, by its ExternalService."),
    workflow: referenceSchema
      .optional()
      .describe("Several steps that answer as one model, by their Workflow."),
  })
  .check((check) => {
    if (Object.values(check.value).filter((value) => value !== undefined).length === 1) return;
    check.issues.push({
      code: "custom",
      message: "either aiBackend, model, externalService or workflow, one of them",
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

const promptName = z.string().regex(promptNamePattern, "a name of letters, digits, -, _ and .");

const routePromptSchema = z
  .strictObject({
    template: referenceSchema.describe("A PromptTemplate."),
    label: promptName.optional().describe("One of its labels. Default: production."),
    version: z
      .union([z.int().min(0), promptName])
      .transform(String)
      .optional()
      .meta({ title: "version" })
      .describe("One of its versions, in place of a label."),
  })
  .check((check) => {
    if (check.value.label === undefined || check.value.version === undefined) return;
    check.issues.push({ code: "custom", message: "either label or version, not both", input: check.value });
  });

export const routeSchema = z
  .strictObject({
    name: resourceNameSchema
      .optional()
      .describe("Name of the route in its table. Default: its position, from 0."),
    labels: labelsSchema.default({}).describe("By which policies choose it."),
    match: z
      .array(routeMatchSchema)
      .min(1)
      .prefault([{}])
      .describe("Which requests it is for: one of these."),
    dialect: dialectNameSchema
      .default("openai")
      .describe(
        "What the clients of a route to an AIBackend, a model or a Workflow speak; Sluice translates.",
      ),
    rewrite: rewriteSchema.optional().describe("How an external service sees the request."),
    destination: destinationSchema.optional().describe("Who answers."),
    destinations: routeDestinationsSchema,
    failover: routeFailoverSchema,
    regions: regionsSchema
      .optional()
      .describe(
        "Regions that its requests must stay in: only AIBackends and services that have one of them answer. Default: any.",
      ),
    prompt: routePromptSchema
      .optional()
      .describe("Messages that go before those of each request; for routes to an AIBackend or a model."),
    policies: routePoliciesSchema
      .prefault({})
      .describe("Policies by name; others choose the route themselves."),
  })
  .check((check) => {
    const { destination, destinations, failover } = check.value;
    const fault = (message: string, ...path: string[]) =>
      check.issues.push({ code: "custom", message, path, input: check.value });
    if (destination === undefined && destinations === undefined) fault("is missing", "destination");
    if (destination !== undefined && destinations !== undefined)
      fault("either destination or destinations, one of them");
    if (failover !== undefined && destinations === undefined)
      fault("does nothing without destinations", "failover");
    if (destinations?.every(({ weight }) => weight === 0))
      fault("one of them needs a weight above 0", "destinations");
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
