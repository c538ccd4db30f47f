import { z } from "zod";
import { formatPath } from "../configuration-problem.ts";
import { attachmentSchema } from "./attachment.ts";
import { authorizationSchema } from "./authorization.ts";
import { labelSelectorSchema } from "./metadata.ts";
import { introspectionSchema, jwtSchema, oidcSchema } from "./token-trust.ts";
import { headerNameSchema } from "./transformation-policy.ts";

const apiKeySchema = z.strictObject({
  header: headerNameSchema.describe("Header in which clients send their key."),
  secrets: z
    .strictObject({ labels: labelSelectorSchema.describe("Labels that the Secrets have.") })
    .describe("The Secrets of the policy's namespace that hold the keys."),
  entry: z.string().min(1).default("api-key").describe("Entry of each Secret that is the client's key."),
  upstreamHeaders: z
    .record(headerNameSchema, z.string().min(1))
    .default({})
    .describe(
      "Headers for the destination, each from another entry of the Secret whose key the client sent.",
    ),
});

const authAttachmentSchema = attachmentSchema.extend({
  gateway: z
    .boolean()
    .optional()
    .describe("Whether it covers the gateway's own endpoints, in place of virtual keys alone."),
});

/** Most issuers of one sort. */
const maxIssuers = 20;

/** An issuer as it is, or a list of them. */
function oneOrSeveral<Schema extends z.ZodType>(schema: Schema) {
  return z.union([schema, z.array(schema).min(1).max(maxIssuers)]);
}

/** The one, or all of the list; none where there is none. */
export function listOf<Item extends object>(written: Item | readonly Item[] | undefined): readonly Item[] {
  if (written === undefined) return [];
  return Array.isArray(written) ? written : [written as Item];
}

const ways = {
  apiKey: apiKeySchema.optional().describe("Keys that stand in Secrets."),
  virtualKeys: z
    .strictObject({})
    .optional()
    .describe("Keys of `sluice keys`, as the gateway's own endpoints."),
  jwt: oneOrSeveral(jwtSchema)
    .optional()
    .describe("Signed tokens of an issuer whose keys are named here, or of several: a list."),
  oidc: oneOrSeveral(oidcSchema)
    .optional()
    .describe("Signed tokens of an OpenID provider, or of several: a list."),
  introspection: introspectionSchema
    .optional()
    .describe("Tokens that an authorization server is asked about."),
  anonymous: z
    .strictObject({})
    .optional()
    .describe("Anyone. Who sends a virtual key all the same is known by it."),
};

/** Who may use the routes that it applies to. */
export const authPolicySchema = z
  .strictObject({
    applyTo: authAttachmentSchema.optional().describe("What it covers."),
    ...ways,
    authorization: authorizationSchema.optional().describe("What those who were let in may do."),
  })
  .check((check) => {
    const { applyTo: _applyTo, authorization: _authorization, ...named } = check.value;
    const { virtualKeys, anonymous, jwt, oidc } = named;
    const refuse = (message: string, path: (string | number)[] = []): void => {
      check.issues.push({ code: "custom", message, path, input: check.value });
    };
    if (Object.values(named).every((value) => value === undefined)) {
      refuse(`there is no way in: name at least one of ${Object.keys(ways).join(", ")}`);
    }
    if (virtualKeys !== undefined && anonymous !== undefined) {
      refuse("would do nothing: anonymous knows who sends a virtual key all the same", ["virtualKeys"]);
    }
    const first = new Map<string, string>();
    for (const { issuer, path } of [...issuersOf("jwt", jwt), ...issuersOf("oidc", oidc)]) {
      const earlier = first.get(issuer);
      if (earlier === undefined) first.set(issuer, formatPath(path));
      else
        refuse(`is the issuer of ${earlier} as well; say once how its tokens are checked`, [
          ...path,
          "issuer",
        ]);
    }
  })
  .describe(
    "Who may use routes, and for what: holders of keys in Secrets, of virtual keys, of tokens, or anyone. Several ways " +
      "in one policy are told apart by what a client sends.",
  );

/** The issuers of a way in, each with its path. */
function issuersOf(
  way: "jwt" | "oidc",
  written: { issuer: string } | readonly { issuer: string }[] | undefined,
): { issuer: string; path: (string | number)[] }[] {
  return listOf(written).map(({ issuer }, index) => ({
    issuer,
    path: Array.isArray(written) ? [way, index] : [way],
  }));
}

export type AuthPolicy = z.infer<typeof authPolicySchema>;
