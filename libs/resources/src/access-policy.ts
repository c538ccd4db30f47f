import { z } from "zod";
import { httpRouteSchema } from "./http-route.ts";
import { signatureAlgorithms } from "./kinds/token-trust.ts";
import { namePatternSchema } from "./name-pattern.ts";
import { regionsSchema } from "./region.ts";

/** Where clients put a credential. */
export const credentialPlaceSchema = z.strictObject({
  /** Lower case. */
  header: z.string(),
  /** Word before it. @default `Bearer`, or nothing */
  scheme: z.string().optional(),
});
export type CredentialPlace = z.infer<typeof credentialPlaceSchema>;

/** Claims by their paths, each with the values of which one must be there. */
const claimValuesSchema = z.record(z.string(), z.array(z.string()));

const claimMappingSchema = z.strictObject({
  user: z.string(),
  team: z.string().optional(),
  application: z.string().optional(),
  department: z.string().optional(),
  tags: z.string().optional(),
});
export type ClaimMapping = z.infer<typeof claimMappingSchema>;

const tokenRulesShape = {
  /** None means any. */
  audiences: z.array(z.string()),
  claims: claimMappingSchema,
  requiredScopes: z.array(z.string()),
  requiredClaims: claimValuesSchema,
  /** Whether the destination gets the token as well. */
  forward: z.boolean(),
};

const keySourceSchema = z.discriminatedUnion("type", [
  /** By `/.well-known/openid-configuration` of the issuer. */
  z.strictObject({ type: z.literal("discovery") }),
  z.strictObject({ type: z.literal("url"), url: z.url({ protocol: /^https?$/ }) }),
  z.strictObject({ type: z.literal("inline"), keys: z.array(z.looseObject({ kty: z.string() })) }),
]);

/** Signed tokens of an issuer, and what they must be. */
export const tokenIssuerSchema = z.strictObject({
  issuer: z.string(),
  keys: keySourceSchema,
  algorithms: z.array(z.enum(signatureAlgorithms)),
  clockToleranceMs: z.int().nonnegative(),
  ...tokenRulesShape,
});
export type TokenIssuer = z.infer<typeof tokenIssuerSchema>;

/** An authorization server that is asked about tokens. */
export const introspectionSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  clientId: z.string(),
  /** Read by auth: its environment, or a file. */
  clientSecret: z.union([z.strictObject({ env: z.string() }), z.strictObject({ file: z.string() })]),
  clientAuthentication: z.enum(["basic", "post"]),
  cacheTtlMs: z.int().nonnegative(),
  timeoutMs: z.int().positive(),
  ...tokenRulesShape,
});
export type Introspection = z.infer<typeof introspectionSchema>;
export type TokenRules = Pick<TokenIssuer, keyof typeof tokenRulesShape>;

/** An AuthPolicy with more than keys of one sort. */
export const accessPolicySchema = z.strictObject({
  /** Headers that clients put credentials in, in the order in which they are looked at. */
  places: z.array(credentialPlaceSchema),
  /** Whether then those are looked at where SDKs put their API key. */
  usualPlaces: z.boolean(),
  virtualKeys: z.boolean(),
  /** Keys of Secrets: those of the snapshot's `apiKeyPolicies` under the name of this policy. */
  apiKeys: z.boolean(),
  issuers: z.array(tokenIssuerSchema),
  introspection: introspectionSchema.optional(),
  anonymous: z.boolean(),
  /** Rules as they are written. @default whoever is let in may do everything */
  authorization: z
    .strictObject({
      deny: z.array(z.string()),
      allow: z.array(z.string()),
      /** Headers of the request that the rules speak of, lower case. */
      headers: z.array(z.string()),
    })
    .optional(),
});
export type AccessPolicy = z.infer<typeof accessPolicySchema>;

/** A Consumer as auth knows it. */
export const consumerContentSchema = z.strictObject({
  user: z.string().optional(),
  team: z.string().optional(),
  application: z.string().optional(),
  department: z.string().optional(),
  tags: z.array(z.string()),
  /** Ids of virtual keys. */
  virtualKeys: z.array(z.string()),
  /** Names of Secrets. */
  secrets: z.array(z.string()),
  tokens: z.array(
    z.strictObject({
      issuer: z.string().optional(),
      subject: z.string().optional(),
      claims: claimValuesSchema,
    }),
  ),
  /** Models that it may use. @default all */
  models: z.array(namePatternSchema).optional(),
  /** Regions that its requests must stay in. @default any */
  regions: regionsSchema.optional(),
  limits: httpRouteSchema.shape.limits,
});
export type ConsumerContent = z.infer<typeof consumerContentSchema>;
