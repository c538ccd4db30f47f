import { dialectNameSchema } from "@sluice/contracts/dialect-name";
import { sealedTextSchema } from "@sluice/sealing/sealed-text";
import { z } from "zod";
import { accessPolicySchema, consumerContentSchema } from "./access-policy.ts";
import { compiledBreakerSchema, defaultBreaker } from "./breaker.ts";
import { lostCallSchema, unrecordedCallsSchema } from "./call-policy.ts";
import { modelChooserSchema } from "./choosing/model-choice.ts";
import { compiledCachingSchema } from "./compiled-caching.ts";
import { compiledLimitSchema } from "./compiled-limit.ts";
import { guardPolicySchema } from "./guard-policy.ts";
import { compiledHealthCheckSchema } from "./health-check.ts";
import { httpRouteSchema } from "./http-route.ts";
import { lastResortSchema } from "./last-resort.ts";
import { requestChangesSchema, responseChangesSchema } from "./message-changes.ts";
import { midStreamSchema } from "./mid-stream.ts";
import { modelPoolSchema } from "./model-pool.ts";
import { namePatternSchema } from "./name-pattern.ts";
import { priceOverrideSchema } from "./price-override.ts";
import { promptTemplateSchema } from "./prompt-template.ts";
import { regionSchema } from "./region.ts";
import { workflowSchema } from "./workflow.ts";

const milliseconds = z.int().nonnegative();

/** What the gateway takes on, for all routes. */
export const gatewayLimitsSchema = z.strictObject({
  /** Largest body of a request, bytes. */
  maxBodyBytes: z.int().positive(),
  /** Requests in progress at one ingress; one more is answered 503 at once. */
  maxOpenRequests: z.int().positive(),
  /** Deepest nesting of a JSON body. */
  maxJsonDepth: z.int().positive(),
  /** From the arrival of a request to the end of its answer. */
  requestTimeoutMs: z.int().positive(),
  /** For a client to send its whole body. */
  uploadTimeoutMs: z.int().positive(),
});
export type GatewayLimits = z.infer<typeof gatewayLimitsSchema>;

/**
 * Where a secret is found by the service that needs it. The secret itself is never in the snapshot, but for one that is
 * sealed, which only that service opens: the router, or the ingress for certificates.
 */
export const secretReferenceSchema = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: z.string().min(1) }),
  z.strictObject({
    sealed: sealedTextSchema,
    /** Which secret and which entry of it, as `Secret default/gw-api-key openai-api-key`: what it was sealed for. */
    name: z.string().min(1),
  }),
]);
export type SecretReference = z.infer<typeof secretReferenceSchema>;

/** A base URL: written down, or taken from an environment variable, with the one to use when that is not set. */
export const baseUrlSchema = z.union([
  z.url({ protocol: /^https?$/ }),
  z.strictObject({ env: z.string().min(1), fallback: z.url({ protocol: /^https?$/ }).optional() }),
]);
export type BaseUrl = z.infer<typeof baseUrlSchema>;

const callLimits = {
  /** When it is left alone, as one of several targets. */
  breaker: compiledBreakerSchema.default(defaultBreaker),
  timeouts: z.strictObject({
    connectMs: milliseconds,
    /** From the sent request to the first byte of the reply's body. */
    firstTokenMs: milliseconds,
    /** Between two pieces of the reply. */
    idleMs: milliseconds,
    /** One call from its start to its end. */
    totalMs: milliseconds,
  }),
  retries: z.strictObject({
    /** Calls in all, the first included; 1 means no retry. */
    attempts: z.int().min(1),
    /** Pause before the first retry; it doubles with each further one, with jitter. */
    baseDelayMs: milliseconds,
    maxDelayMs: milliseconds,
  }),
};

/** A provider's endpoint, and how patient to be with it. */
export const backendSchema = z.strictObject({
  /** The wire format that it speaks. */
  provider: dialectNameSchema,
  /** As the provider's own SDK takes it: with `/v1` for openai, without a version for anthropic and gemini. */
  baseUrl: baseUrlSchema,
  apiKey: secretReferenceSchema,
  /** Where it processes what it is asked. @default nobody knows */
  region: regionSchema.optional(),
  /** How it is asked whether it is well. @default it is not */
  healthCheck: compiledHealthCheckSchema.optional(),
  ...callLimits,
});
export type Backend = z.infer<typeof backendSchema>;

/** Something that HTTP requests are forwarded to as they are. */
export const upstreamSchema = z.strictObject({
  /** What the ledger and the metrics call it: `http`, or a provider. */
  provider: z.string().min(1),
  /** Scheme, host and, where it is not the scheme's own, port. */
  origin: z.url({ protocol: /^https?$/ }),
  /** Where it has one address only, its path. @default the path of the request */
  path: z.string().optional(),
  /** Header with the gateway's own credential. @default the client's own headers go on */
  credential: z
    .strictObject({ header: z.string(), prefix: z.string(), secret: secretReferenceSchema })
    .optional(),
  /** Where it processes what it is asked. @default nobody knows */
  region: regionSchema.optional(),
  /** Model that its calls are booked under. @default only calls that are known as some provider's are booked */
  model: z.string().optional(),
  ...callLimits,
});
export type Upstream = z.infer<typeof upstreamSchema>;

/** Clients' keys that stand in Secrets, for the routes that ask for them. */
export const apiKeyPolicySchema = z.strictObject({
  /** Header in which clients send them, lower case. */
  header: z.string(),
  keys: z.array(
    z.strictObject({
      /** Digest of the key, with the mesh's own digest key. */
      digest: z.string(),
      /** Secret that holds it. */
      secret: z.string(),
      /** Headers for the destination, from other entries of the same Secret. */
      upstreamHeaders: z.record(z.string(), secretReferenceSchema),
    }),
  ),
});
export type ApiKeyPolicy = z.infer<typeof apiKeyPolicySchema>;

/** A certificate that a port shows to clients, and where the ingress finds it. */
export const listenerCertificateSchema = z.strictObject({
  /** Hosts that it is for: a name, `*.domain`, or `*`. */
  hosts: z.array(z.string()).min(1),
  /** Secret that holds it, as messages name it. */
  secret: z.string(),
  /** PEM. */
  certificate: secretReferenceSchema,
  key: secretReferenceSchema,
});
export type ListenerCertificate = z.infer<typeof listenerCertificateSchema>;

/** A port that is listened on besides the gateway's own. */
export const listenerSchema = z.strictObject({
  port: z.int().positive(),
  /** VirtualGateway that asks for it; several with a comma between them. */
  gateway: z.string(),
  /** @default none: plain HTTP */
  tls: z
    .strictObject({
      minVersion: z.enum(["TLSv1.2", "TLSv1.3"]),
      /** None means that the port is not served: its certificate is not there. */
      certificates: z.array(listenerCertificateSchema),
    })
    .optional(),
});
export type Listener = z.infer<typeof listenerSchema>;

/** How requests and replies are rewritten. */
export const transformationSchema = z.strictObject({
  request: requestChangesSchema.optional(),
  response: responseChangesSchema.optional(),
});
export type Transformation = z.infer<typeof transformationSchema>;

/** Models by name or beginning of a name, and what serves them. */
export const modelRouteSchema = z.strictObject({
  name: namePatternSchema,
  /** Name in {@link snapshotSchema}'s `backends`. */
  backend: z.string(),
  /** Model to ask the provider for; a `*` at its end takes what the `*` of `name` stood for. @default the client's */
  providerModel: namePatternSchema.optional(),
  /** Names that the list of models shows: the name itself, or examples for a beginning. */
  listed: z.array(z.string()),
  /** Names in {@link snapshotSchema}'s `guardPolicies`; none means that the guard is not asked. */
  guardPolicies: z.array(z.string()),
  lostCall: lostCallSchema.default("fail"),
  /** @default none: the client gets the last failure */
  lastResort: lastResortSchema.optional(),
  /** @default "error" */
  midStream: midStreamSchema.optional(),
  /** How much may be used of it. @default no limits */
  limits: z.array(compiledLimitSchema).min(1).optional(),
  /** Whether replies are given again. @default never */
  caching: compiledCachingSchema.optional(),
  /** Several that can answer, the first of which `backend` and `providerModel` name. @default that one alone */
  pool: modelPoolSchema.optional(),
  /** How it leads to other models, all targets of which are its `pool`. @default it leads to none */
  chooser: modelChooserSchema.optional(),
  /** What it refers to and is not there; requests for it are answered 503. @default it has everything */
  unavailable: z.string().optional(),
});
export type ModelRoute = z.infer<typeof modelRouteSchema>;

/**
 * The compiled configuration that every service works by. Strict on purpose: a service that does not know
 * a field can't honour it, so it refuses the revision instead of serving half of it. A field that came later has
 * a default: what an earlier release published says nothing of it, and is served until the next change.
 */
export const snapshotSchema = z.strictObject({
  /** Grows by one with each change; a request keeps the revision that it began with. */
  revision: z.int().positive(),
  appliedAtMs: z.int().nonnegative(),
  gateway: gatewayLimitsSchema,
  backends: z.record(z.string(), backendSchema),
  models: z.array(modelRouteSchema),
  guardPolicies: z.record(z.string(), guardPolicySchema),
  ledger: z.strictObject({ unrecordedCalls: unrecordedCallsSchema }).default({ unrecordedCalls: "refuse" }),
  /** In the order of the file; the first that fits counts. */
  prices: z.array(priceOverrideSchema),
  listeners: z.array(listenerSchema).default([]),
  routes: z.array(httpRouteSchema).default([]),
  upstreams: z.record(z.string(), upstreamSchema).default({}),
  apiKeyPolicies: z.record(z.string(), apiKeyPolicySchema).default({}),
  transformations: z.record(z.string(), transformationSchema).default({}),
  accessPolicies: z.record(z.string(), accessPolicySchema).default({}),
  /** Name in `accessPolicies` of the one that covers the gateway's own endpoints. @default they ask for a virtual key */
  gatewayAccess: z.string().optional(),
  /** In the order of their names. */
  consumers: z.record(z.string(), consumerContentSchema).default({}),
  promptTemplates: z.record(z.string(), promptTemplateSchema).default({}),
  workflows: z.record(z.string(), workflowSchema).default({}),
  /** Key of the resources that it was compiled from. @default none: it came from a single file */
  applied: z.string().optional(),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

/** A compiled configuration that has not been published yet. */
export const snapshotContentSchema = snapshotSchema.omit({ revision: true, appliedAtMs: true });
export type SnapshotContent = z.infer<typeof snapshotContentSchema>;

/** The part of it that a configuration file makes; the rest is what resources make. */
export const baseContentSchema = snapshotContentSchema.omit({
  listeners: true,
  routes: true,
  upstreams: true,
  apiKeyPolicies: true,
  transformations: true,
  accessPolicies: true,
  gatewayAccess: true,
  consumers: true,
  promptTemplates: true,
  workflows: true,
  applied: true,
});
export type BaseContent = z.infer<typeof baseContentSchema>;
