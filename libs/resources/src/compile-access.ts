import type {
  AccessPolicy,
  ConsumerContent,
  CredentialPlace,
  Introspection,
  TokenIssuer,
  TokenRules,
} from "./access-policy.ts";
import { compileAuthorizationRule } from "./authorization-rule.ts";
import { compileLimits } from "./compile-limit.ts";
import type { RouteAuth } from "./http-route.ts";
import { type AuthPolicy, listOf } from "./kinds/auth-policy.ts";
import type { AuthorizationSpec } from "./kinds/authorization.ts";
import type { Consumer } from "./kinds/consumer.ts";
import { matchesLabels } from "./kinds/metadata.ts";
import type { IntrospectionSpec, JwtSpec, OidcSpec } from "./kinds/token-trust.ts";
import { describeResource, qualifiedName, type Resource } from "./resource.ts";
import type { ResourceSet } from "./resource-set.ts";

type Policy = Resource<"AuthPolicy">;

export interface CompiledAccess {
  accessPolicies: Record<string, AccessPolicy>;
  /** The policy that covers the gateway's own endpoints. */
  gatewayAccess?: string;
}

/** The AuthPolicies that ask for more than keys of one sort, or cover the gateway's own endpoints. */
export function compileAccess(set: ResourceSet): CompiledAccess {
  const policies = set.all("AuthPolicy");
  const [ofGateway, second] = policies.filter(({ spec }) => spec.applyTo?.gateway === true);
  if (ofGateway !== undefined && second !== undefined) {
    const first = describeResource(ofGateway);
    set.refuse(second, second.metadata.name, `${first} covers the gateway's own endpoints; only one can`);
  }
  const compiled = policies
    .filter((policy) => policy === ofGateway || !isPlain(policy.spec))
    .map((policy) => [qualifiedName(policy.metadata), compilePolicy(set, policy)] as const);
  return {
    accessPolicies: Object.fromEntries(compiled),
    ...(ofGateway === undefined ? {} : { gatewayAccess: qualifiedName(ofGateway.metadata) }),
  };
}

/** How a route asks for what its policy says. */
export function routeAuthOf({ metadata, spec }: Policy): RouteAuth {
  const policy = qualifiedName(metadata);
  if (!isPlain(spec)) return { type: "policy", policy };
  if (spec.apiKey !== undefined) return { type: "api_key", policy };
  return { type: "virtual_key", required: spec.virtualKeys !== undefined };
}

/** Whether it asks for keys of one sort, or none, and no more than that. */
function isPlain({ jwt, oidc, introspection, authorization, ...ways }: AuthPolicy): boolean {
  const { apiKey, virtualKeys, anonymous } = ways;
  const others = [jwt, oidc, introspection, authorization];
  const own = [apiKey, virtualKeys, anonymous];
  return others.every((way) => way === undefined) && own.filter((way) => way !== undefined).length === 1;
}

function compilePolicy(set: ResourceSet, policy: Policy): AccessPolicy {
  const { apiKey, virtualKeys, anonymous, introspection, authorization, applyTo } = policy.spec;
  const jwt = listOf(policy.spec.jwt);
  const oidc = listOf(policy.spec.oidc);
  const tokens = [...jwt, ...oidc, introspection].filter((way) => way !== undefined);
  const urls = [
    ...jwt.map(({ jwksUri }) => jwksUri),
    ...oidc.map(({ issuer }) => issuer),
    introspection?.url,
  ].filter((url) => url !== undefined);
  for (const url of urls.filter(isInTheOpen)) {
    set.warn(
      policy,
      url,
      "what comes from there is not encrypted, so whoever is in between can let anybody in",
    );
  }
  if (applyTo?.gateway === true && Object.keys(apiKey?.upstreamHeaders ?? {}).length > 0) {
    const message = "upstreamHeaders are for forwarded routes; the gateway's own endpoints add none";
    set.warn(policy, policy.metadata.name, message);
  }
  const places = placesOf([apiKey, ...tokens]);
  return {
    places,
    usualPlaces:
      virtualKeys !== undefined ||
      anonymous !== undefined ||
      tokens.some(({ header }) => header === undefined),
    virtualKeys: virtualKeys !== undefined || anonymous !== undefined,
    apiKeys: apiKey !== undefined,
    issuers: [
      ...jwt.map(compileJwt),
      ...oidc.map((provider) => compileIssuer(provider, { type: "discovery" })),
    ],
    ...(introspection === undefined ? {} : { introspection: compileIntrospection(introspection) }),
    anonymous: anonymous !== undefined,
    ...(authorization === undefined
      ? {}
      : { authorization: compileAuthorization(set, policy, authorization, places) }),
  };
}

function isInTheOpen(text: string): boolean {
  const { protocol, hostname } = new URL(text);
  return protocol === "http:" && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
}

/** Each place once, in the order in which the ways are looked at. */
function placesOf(
  ways: readonly ({ header?: string | undefined; scheme?: string | undefined } | undefined)[],
): CredentialPlace[] {
  const places = ways.flatMap((way): CredentialPlace[] => {
    if (way?.header === undefined) return [];
    return [{ header: way.header, ...(way.scheme === undefined ? {} : { scheme: way.scheme }) }];
  });
  return [...new Map(places.map((place) => [JSON.stringify([place.header, place.scheme]), place])).values()];
}

function compileJwt(jwt: JwtSpec): TokenIssuer {
  const { jwksUri, jwks } = jwt;
  return compileIssuer(
    jwt,
    jwksUri === undefined ? { type: "inline", keys: jwks?.keys ?? [] } : { type: "url", url: jwksUri },
  );
}

function compileIssuer(spec: JwtSpec | OidcSpec, keys: TokenIssuer["keys"]): TokenIssuer {
  const { issuer, algorithms, clockTolerance: clockToleranceMs } = spec;
  return { issuer, keys, algorithms, clockToleranceMs, ...compileTokenRules(spec) };
}

function compileIntrospection(spec: IntrospectionSpec): Introspection {
  const { url, clientId, clientSecret, clientAuthentication } = spec;
  return {
    url,
    clientId,
    clientSecret:
      clientSecret.env === undefined ? { file: clientSecret.file ?? "" } : { env: clientSecret.env },
    clientAuthentication,
    cacheTtlMs: spec.cacheTtl,
    timeoutMs: spec.timeout,
    ...compileTokenRules(spec),
  };
}

function compileTokenRules(spec: JwtSpec | OidcSpec | IntrospectionSpec): TokenRules {
  const { user, ...optional } = spec.claims;
  return {
    audiences: spec.audiences ?? [],
    claims: { user, ...withoutUndefined(optional) },
    requiredScopes: spec.requiredScopes ?? [],
    requiredClaims: textValues(spec.requiredClaims),
    forward: spec.forward,
  };
}

function textValues(claims: Record<string, (string | number | boolean)[]> = {}): Record<string, string[]> {
  return Object.fromEntries(Object.entries(claims).map(([path, values]) => [path, values.map(String)]));
}

function compileAuthorization(
  set: ResourceSet,
  policy: Policy,
  { deny, allow }: AuthorizationSpec,
  places: readonly CredentialPlace[],
): NonNullable<AccessPolicy["authorization"]> {
  const headers = new Set<string>();
  for (const rule of [...deny, ...allow]) {
    for (const header of compileAuthorizationRule(rule).headers) {
      headers.add(header);
      if (!places.some((place) => place.header === header)) continue;
      set.refuse(policy, rule, `a rule speaks of the header ${header}, which holds a key or a token here`);
    }
  }
  return { deny, allow, headers: [...headers] };
}

/** The Consumers by name, in the order of their names: of two that a token fits, the first counts. */
export function compileConsumers(set: ResourceSet): Record<string, ConsumerContent> {
  const owners = new Map<string, string>();
  const consumers = set
    .all("Consumer")
    .map((resource) => [qualifiedName(resource.metadata), resource] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    consumers.map(([name, resource]) => [name, compileConsumer(set, name, resource, owners)]),
  );
}

function compileConsumer(
  set: ResourceSet,
  name: string,
  resource: Resource<"Consumer">,
  owners: Map<string, string>,
): ConsumerContent {
  const { user, team, application, department, tags, tokens = [], models, regions, limits } = resource.spec;
  const secrets = secretsOf(set, resource);
  const virtualKeys = resource.spec.virtualKeys ?? [];
  const owned = [
    ...virtualKeys.map((id) => [id, `the virtual key ${id}`] as const),
    ...secrets.map((secret) => [`Secret ${secret}`, `the Secret ${secret}`] as const),
  ];
  for (const [id, what] of owned) {
    const owner = owners.get(id);
    if (owner !== undefined && owner !== name) {
      set.refuse(resource, id, `${what} is the Consumer ${owner}'s already; it can be one's only`);
    }
    owners.set(id, name);
  }
  return {
    ...withoutUndefined({ user, team, application, department, models, regions }),
    tags,
    virtualKeys,
    secrets,
    tokens: tokens.map((token) => ({
      ...withoutUndefined({ issuer: token.issuer, subject: token.subject }),
      claims: textValues(token.claims),
    })),
    limits: compileLimits(`Consumer ${name}`, limits),
  };
}

function secretsOf(set: ResourceSet, consumer: Resource<"Consumer">): string[] {
  const labels: Consumer["apiKeys"] = consumer.spec.apiKeys;
  if (labels === undefined) return [];
  const { namespace, name } = consumer.metadata;
  const chosen = set
    .all("Secret")
    .filter(
      ({ metadata }) => metadata.namespace === namespace && matchesLabels(metadata.labels, labels.labels),
    );
  if (chosen.length === 0)
    set.warn(consumer, name, "no Secret of its namespace has the labels that it asks for");
  return chosen.map(({ metadata }) => qualifiedName(metadata));
}

/** The same without what says nothing, as JSON would have it. */
function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
