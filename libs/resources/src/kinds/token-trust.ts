import { createPublicKey, type JsonWebKey } from "node:crypto";
import { z } from "zod";
import { durationSchema } from "../duration.ts";
import { headerNameSchema } from "./transformation-policy.ts";

/** Algorithms of signatures that a public key can check. Those with a shared secret, and `none`, are never taken. */
export const signatureAlgorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
] as const;

const httpUrl = z.url({ protocol: /^https?$/, error: "a URL that begins with http:// or https://" });

const issuerUrl = httpUrl.refine(
  (text) => !/[?#]/.test(text),
  "must be the issuer's URL, without a query or a fragment",
);

const claimPathSchema = z
  .string()
  .regex(/^\S{1,200}$/, "the name of a claim, or the path to one within others, such as realm_access.roles")
  .meta({ title: "claim" });

const claimValueSchema = z
  .union([z.string(), z.number(), z.boolean()], { error: "a text, a number, true or false" })
  .meta({ title: "claim value" });

/** Claims that a token must have, each with the values that will do. */
export const claimValuesSchema = z.record(claimPathSchema, z.array(claimValueSchema).min(1));

const textSchema = z.string().min(1).max(500);
const audiencesSchema = z.array(textSchema).min(1);
const scopeSchema = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/, "a scope: a text without blanks");

/** What all ways to read tokens have in common. */
const tokenShape = {
  claims: z
    .strictObject({
      user: claimPathSchema.default("sub").describe("Claim that is the user."),
      team: claimPathSchema.optional().describe("Claim that is the team."),
      application: claimPathSchema.optional().describe("Claim that is the application."),
      department: claimPathSchema.optional().describe("Claim that is the department."),
      tags: claimPathSchema.optional().describe("Claim with the tags: a list of texts, or one text."),
    })
    .prefault({})
    .describe("What of the token the ledger books under."),
  requiredScopes: z
    .array(scopeSchema)
    .min(1)
    .optional()
    .describe("Scopes that a token must have, all of them (`scope` or `scp`)."),
  requiredClaims: claimValuesSchema
    .optional()
    .describe("Claims that a token must have, each one of these values; of a list, one entry must be."),
  header: headerNameSchema
    .optional()
    .describe("Header in which clients send it. Default: where SDKs put their API key."),
  scheme: z
    .string()
    .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,50}$/, "a word, such as Bearer")
    .optional()
    .describe("Word before it in `header`. Default: `Bearer`, or nothing."),
  forward: z
    .boolean()
    .default(false)
    .describe("Whether the destination of a forwarded route gets the token as well."),
};

const signedShape = {
  audiences: audiencesSchema
    .optional()
    .describe("Of these a token must be meant for one (`aud`). Without them there must be `requiredClaims`."),
  algorithms: z
    .array(z.enum(signatureAlgorithms))
    .min(1)
    .default([...signatureAlgorithms])
    .describe("Algorithms of its signature."),
  clockTolerance: durationSchema({ minMs: 0, maxMs: 600_000 })
    .prefault("30s")
    .describe("By how much the clocks of gateway and issuer may differ."),
  ...tokenShape,
};

/** Why a JSON Web Key is refused; undefined for a public key. */
function keyProblem(jwk: Record<string, unknown>): string | undefined {
  if ("d" in jwk || "k" in jwk)
    return "it is not a public key; a secret one has no place in the configuration";
  try {
    createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
    return undefined;
  } catch {
    return "it is no public key that can be read";
  }
}

const jwkSchema = z
  .looseObject({ kty: z.string().describe("Its type, such as RSA or EC.") })
  .check((check) => {
    const problem = keyProblem(check.value);
    if (problem !== undefined) check.issues.push({ code: "custom", message: problem, input: check.value });
  })
  .meta({ title: "JSON Web Key" });

interface Placed {
  header?: string | undefined;
  scheme?: string | undefined;
}
interface Aimed {
  audiences?: unknown;
  requiredClaims?: unknown;
}
interface Checked<Value> {
  value: Value;
  issues: z.core.$ZodRawIssue[];
}

/** A word before a token that is nowhere would do nothing. */
function checkPlace({ value, issues }: Checked<Placed>): void {
  if (value.scheme === undefined || value.header !== undefined) return;
  issues.push({
    code: "custom",
    message: "belongs to header, which is missing: name the header too",
    path: ["scheme"],
    input: value,
  });
}

/** An issuer makes tokens for others too: theirs must not open the gateway. */
function checkAim({ value, issues }: Checked<Aimed>): void {
  if (value.audiences !== undefined || value.requiredClaims !== undefined) return;
  const message =
    "name audiences, or requiredClaims: without them a token that the issuer made for any other service would do";
  issues.push({ code: "custom", message, input: value });
}

/** Signed tokens of an issuer whose keys are named. */
export const jwtSchema = z
  .strictObject({
    issuer: z
      .string()
      .regex(/^\S{1,500}$/, "a text without blanks: the issuer as its tokens name it")
      .describe("Who made it (`iss`)."),
    jwksUri: httpUrl
      .optional()
      .describe("Where the issuer's public keys are; they are fetched and kept by auth."),
    jwks: z
      .strictObject({ keys: z.array(jwkSchema).min(1).max(100).describe("JSON Web Keys.") })
      .optional()
      .describe("The issuer's public keys themselves."),
    ...signedShape,
  })
  .check((check) => {
    checkPlace(check);
    checkAim(check);
    if ((check.value.jwksUri === undefined) !== (check.value.jwks === undefined)) return;
    check.issues.push({ code: "custom", message: "either jwksUri or jwks, one of them", input: check.value });
  });
export type JwtSpec = z.output<typeof jwtSchema>;

/** Signed tokens of an OpenID provider, whose keys are found by its issuer's URL. */
export const oidcSchema = z
  .strictObject({
    issuer: issuerUrl.describe(
      "Its URL, as its tokens name it (`iss`); `/.well-known/openid-configuration` below it names its keys.",
    ),
    ...signedShape,
  })
  .check((check) => {
    checkPlace(check);
    checkAim(check);
  });
export type OidcSpec = z.output<typeof oidcSchema>;

const ownVariables = /^(SLUICE_|NATS_|OTEL_)|^(REDIS|DATABASE)_URL(_FILE)?$/;

/** Tokens that an authorization server is asked about (RFC 7662). */
export const introspectionSchema = z
  .strictObject({
    url: httpUrl.describe("The server's introspection endpoint."),
    clientId: z.string().min(1).max(500).describe("Who the gateway is there."),
    clientSecret: z
      .strictObject({
        env: z
          .string()
          .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable")
          .refine((name) => !ownVariables.test(name), "must be another variable: this one is Sluice's own")
          .optional()
          .describe("An environment variable of auth."),
        file: z
          .string()
          .regex(/^\//, "a path that begins with /")
          .optional()
          .describe("A file that auth can read, which holds it and nothing else."),
      })
      .check((check) => {
        if ((check.value.env === undefined) !== (check.value.file === undefined)) return;
        check.issues.push({ code: "custom", message: "either env or file, one of them", input: check.value });
      })
      .describe(
        "Its secret there. Secrets of resources are sealed for the router and can't be read by auth.",
      ),
    clientAuthentication: z
      .enum(["basic", "post"])
      .default("basic")
      .describe("How both are sent: in the `authorization` header, or in the form."),
    audiences: audiencesSchema
      .optional()
      .describe("Of these a token must be meant for one. Default: what the server takes for active will do."),
    cacheTtl: durationSchema({ minMs: 0, maxMs: 3_600_000 })
      .prefault("1m")
      .describe("How long an answer counts, never past the token's `exp`; 0s asks each time."),
    timeout: durationSchema({ minMs: 100, maxMs: 30_000 })
      .prefault("5s")
      .describe("How long to wait for it."),
    ...tokenShape,
  })
  .check(checkPlace);
export type IntrospectionSpec = z.output<typeof introspectionSchema>;
