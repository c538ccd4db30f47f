import { z } from "zod";
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

const ways = {
  apiKey: apiKeySchema.optional().describe("Keys that stand in Secrets."),
  virtualKeys: z
    .strictObject({})
    .optional()
    .describe("Keys of `sluice keys`, as the gateway's own endpoints."),
  jwt: jwtSchema.optional().describe("Signed tokens of an issuer whose keys are named here."),
  oidc: oidcSchema.optional().describe("Signed tokens of an OpenID provider."),
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
    const refuse = (message: string, path: string[] = []): void => {
      check.issues.push({ code: "custom", message, path, input: check.value });
    };
    if (Object.values(named).every((value) => value === undefined)) {
      refuse(`there is no way in: name at least one of ${Object.keys(ways).join(", ")}`);
    }
    if (virtualKeys !== undefined && anonymous !== undefined) {
      refuse("would do nothing: anonymous knows who sends a virtual key all the same", ["virtualKeys"]);
    }
    if (jwt !== undefined && jwt.issuer === oidc?.issuer) {
      refuse("is the issuer of jwt as well; say once how its tokens are checked", ["oidc", "issuer"]);
    }
  })
  .describe(
    "Who may use routes, and for what: holders of keys in Secrets, of virtual keys, of tokens, or anyone. Several ways " +
      "in one policy are told apart by what a client sends.",
  );
export type AuthPolicy = z.infer<typeof authPolicySchema>;
