import { dialectNameSchema } from "@sluice/contracts/dialect-name";
import { z } from "zod";
import { compiledCachingSchema } from "./compiled-caching.ts";
import { compiledLimitSchema } from "./compiled-limit.ts";
import { httpMethodSchema } from "./kinds/route-match.ts";
import { targetPrioritySchema, targetWeightSchema } from "./model-pool.ts";
import { routePromptSchema } from "./prompt-template.ts";
import { regionsSchema } from "./region.ts";

/** Conditions on a value by its name: a header (lower case) or a query parameter. */
const valueConditionSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("exact"), name: z.string(), value: z.string() }),
  z.strictObject({ type: z.literal("prefix"), name: z.string(), value: z.string() }),
  z.strictObject({ type: z.literal("regex"), name: z.string(), value: z.string() }),
  z.strictObject({ type: z.literal("present"), name: z.string(), value: z.boolean() }),
]);
export type ValueCondition = z.infer<typeof valueConditionSchema>;

/** Which requests a route is for: all conditions of one of its matches hold. */
export const compiledMatchSchema = z.strictObject({
  path: z.strictObject({ type: z.enum(["exact", "prefix", "regex"]), value: z.string() }),
  /** None means any. */
  methods: z.array(httpMethodSchema),
  headers: z.array(valueConditionSchema),
  query: z.array(valueConditionSchema),
});
export type CompiledMatch = z.infer<typeof compiledMatchSchema>;

/** Who may use a route. */
const routeAuthSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("virtual_key"), required: z.boolean() }),
  /** A key of the snapshot's `apiKeyPolicies`. */
  z.strictObject({ type: z.literal("api_key"), policy: z.string() }),
  /** A key of the snapshot's `accessPolicies`. */
  z.strictObject({ type: z.literal("policy"), policy: z.string() }),
]);
export type RouteAuth = z.infer<typeof routeAuthSchema>;

/** Who answers a route. */
const routeTargetSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("model"),
    /** Name in the snapshot's `backends`. */
    backend: z.string(),
    dialect: dialectNameSchema,
    /** Model to ask for. @default as the client names it */
    providerModel: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal("named_model"),
    /** One of the models that the gateway's own endpoints serve, with its policies and all of its targets. */
    model: z.string(),
    dialect: dialectNameSchema,
  }),
  z.strictObject({
    type: z.literal("workflow"),
    /** Name in the snapshot's `workflows`. */
    workflow: z.string(),
    /** Model by which it is asked for elsewhere. */
    model: z.string(),
    dialect: dialectNameSchema,
  }),
  z.strictObject({
    type: z.literal("http"),
    /** Name in the snapshot's `upstreams`. */
    upstream: z.string(),
    /** In place of the matched prefix, or of the whole path. @default the path as it came */
    path: z.string().optional(),
    /** The `host` header. @default the upstream's own */
    host: z.string().optional(),
    /** Several that can answer, the first of which `upstream` names. @default that one alone */
    pool: z
      .strictObject({
        /** Of requests that may be sent once more after one of them has had them. */
        methods: z.array(httpMethodSchema),
        targets: z
          .array(
            z.strictObject({
              upstream: z.string(),
              weight: targetWeightSchema,
              priority: targetPrioritySchema,
            }),
          )
          .min(1),
      })
      .optional(),
  }),
]);
export type RouteTarget = z.infer<typeof routeTargetSchema>;

/** A route of a RouteTable, ready to be matched. */
export const httpRouteSchema = z.strictObject({
  /** `table/route`, or `namespace/table/route`. */
  name: z.string(),
  /** Port of the listener that it is served on. @default the gateway's own address */
  listener: z.int().positive().optional(),
  hosts: z.array(z.string()).min(1),
  matches: z.array(compiledMatchSchema).min(1),
  /** Why the route answers 503: what it needs is not there. @default it is ready */
  unavailable: z.string().optional(),
  auth: routeAuthSchema,
  /** Names in the snapshot's `guardPolicies`. */
  guardPolicies: z.array(z.string()),
  limits: z.array(compiledLimitSchema),
  /** Whether replies are given again. @default as the model says that it leads to */
  caching: compiledCachingSchema.optional(),
  /** The same, as releases before published it: see {@link import("./compiled-caching.ts").cachingForTime}. */
  cacheTtlMs: z.int().positive().optional(),
  /** Name in the snapshot's `transformations`. */
  transformation: z.string().optional(),
  /** Regions that its requests must stay in. @default any */
  regions: regionsSchema.optional(),
  /** Template whose messages go before those of every request. */
  prompt: routePromptSchema.optional(),
  target: routeTargetSchema,
});
export type HttpRoute = z.infer<typeof httpRouteSchema>;
