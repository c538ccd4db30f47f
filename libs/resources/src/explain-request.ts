import { SluiceError } from "@sluice/contracts/sluice-error";
import type { AccessPolicy, ConsumerContent } from "./access-policy.ts";
import type { CompiledLimit } from "./compiled-limit.ts";
import { describeLimit } from "./describe-limit.ts";
import { describeTarget } from "./describe-target.ts";
import { authOf } from "./find-access.ts";
import { findLimits } from "./find-limits.ts";
import { findTarget, modelOfRoute, type Target } from "./find-target.ts";
import { matchRequest, type RequestMatch } from "./match-request.ts";
import { NamePatternIndex } from "./name-pattern.ts";
import type { Snapshot } from "./snapshot.ts";
import type { VirtualKey } from "./virtual-key.ts";

/** A request as far as the configuration decides about it. */
export interface ExplainedRequest {
  method: string;
  host: string;
  /** With its query. */
  path: string;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  /** Model that its body names. */
  model: string;
  /** Port of a VirtualGateway. @default the gateway's own address */
  listener: number | undefined;
}

/** What a request would meet. What is undefined it would not get to. */
export interface Explanation {
  revision: number;
  listener: string;
  /** `route NAME`, or the endpoint of the gateway. */
  asks: string;
  /** Who may ask, and whether this one may. */
  authentication: string;
  /** What answers. */
  target: string | undefined;
  policies: string[];
  limits: string[];
  /** Prompt template of the route, and which of its versions. */
  prompt: string | undefined;
  caching: string | undefined;
  transformation: string | undefined;
  price: string | undefined;
  /** Why it would be refused; undefined when it would be passed on. */
  refusal: string | undefined;
}

/**
 * Says what the configuration makes of a request, by the same functions that the services judge it by.
 * @param key of the client; undefined for none
 */
export function explainRequest(
  snapshot: Snapshot,
  request: ExplainedRequest,
  key: VirtualKey | undefined,
  nowMs: number,
): Explanation {
  const url = new URL(request.path, "http://gateway");
  const headers = { ...request.headers, host: request.host };
  const match = matchRequest(snapshot, request.method, url, headers, request.listener);
  const explanation: Explanation = {
    revision: snapshot.revision,
    listener: describeListener(snapshot, request.listener),
    asks: asks(match),
    authentication: authentication(snapshot, match),
    target: undefined,
    policies: [],
    limits: [],
    prompt: undefined,
    caching: undefined,
    transformation: undefined,
    price: undefined,
    refusal: undefined,
  };
  const closed = closedPort(snapshot, request.listener);
  if (closed !== undefined) return { ...explanation, refusal: closed };
  if (match === undefined) return { ...explanation, refusal: "not_found: nothing is served there" };
  const refusal = refusalOfKey(snapshot, match, key, nowMs);
  const consumer = consumerOfKey(snapshot, key);
  if (refusal !== undefined) return { ...explanation, refusal };
  const model = match.endpoint.model ?? request.model;
  const found = targetOf(snapshot, match, model, consumer);
  if (found instanceof SluiceError) {
    const detail = match.routed?.route.unavailable ?? found.message;
    return { ...explanation, refusal: `${found.code}: ${detail}` };
  }
  if (found === undefined) return { ...explanation, refusal: `model_not_found: there is no model ${model}` };
  return {
    ...explanation,
    ...describeTarget(snapshot, found, nowMs),
    limits: limitsOf(snapshot, found, model, consumer, key).map(describeLimit),
    refusal:
      refusalOfModel(found, match, model, "key", key?.allowedModels) ??
      refusalOfModel(found, match, model, "consumer", consumer?.models),
  };
}

/** The Consumer that a virtual key is of, where it is there. */
function consumerOfKey({ consumers }: Snapshot, key: VirtualKey | undefined): ConsumerContent | undefined {
  if (key === undefined) return undefined;
  if (key.consumer !== undefined) return consumers[key.consumer];
  return Object.values(consumers).find(({ virtualKeys }) => virtualKeys.includes(key.id));
}

function describeListener({ listeners }: Snapshot, port: number | undefined): string {
  if (port === undefined) return "the gateway's own address";
  const listener = listeners.find((candidate) => candidate.port === port);
  return `port ${port}${listener?.tls === undefined ? "" : ", with TLS"}`;
}

/** Why nothing listens on a port of a gateway. */
function closedPort({ listeners }: Snapshot, port: number | undefined): string | undefined {
  const listener = listeners.find((candidate) => candidate.port === port);
  if (listener?.tls === undefined || listener.tls.certificates.length > 0) return undefined;
  return `connection refused: the certificate of port ${port} of the gateway ${listener.gateway} is not there`;
}

function asks(match: RequestMatch | undefined): string {
  if (match === undefined) return "nothing that is served";
  const { endpoint, route, routed } = match;
  return routed === undefined
    ? `${endpoint.operation} at ${route}, in the dialect ${endpoint.dialect}`
    : `route ${route}`;
}

function authentication(snapshot: Snapshot, match: RequestMatch | undefined): string {
  const auth = authOf(snapshot, match?.routed?.route);
  if (auth.type === "api_key") return `a key of the AuthPolicy ${auth.policy}`;
  if (auth.type === "policy") return describeAccess(auth.policy, snapshot.accessPolicies[auth.policy]);
  return auth.required ? "a virtual key" : "anyone; who sends a virtual key is known by it";
}

function describeAccess(name: string, policy: AccessPolicy | undefined): string {
  if (policy === undefined) return `nobody: there is no AuthPolicy ${name}`;
  const { virtualKeys, apiKeys, issuers, introspection, anonymous, authorization } = policy;
  const ways = [
    ...(virtualKeys && !anonymous ? ["a virtual key"] : []),
    ...(apiKeys ? ["a key of its Secrets"] : []),
    ...issuers.map(({ issuer }) => `a token of ${issuer}`),
    ...(introspection === undefined ? [] : [`a token that ${introspection.url} knows`]),
    ...(anonymous ? ["anyone; who sends a virtual key is known by it"] : []),
  ];
  const rules = (authorization?.deny.length ?? 0) + (authorization?.allow.length ?? 0);
  const limited = rules === 0 ? "" : `, within ${rules} rule${rules === 1 ? "" : "s"}`;
  return `${ways.join(", or ")} (AuthPolicy ${name}${limited})`;
}

function refusalOfKey(
  snapshot: Snapshot,
  match: RequestMatch,
  key: VirtualKey | undefined,
  nowMs: number,
): string | undefined {
  const auth = authOf(snapshot, match.routed?.route);
  if (auth.type === "api_key") return undefined;
  if (auth.type === "policy") {
    if (key === undefined) return undefined;
    if (snapshot.accessPolicies[auth.policy]?.virtualKeys !== true)
      return `invalid_credential: the AuthPolicy ${auth.policy} takes no virtual key`;
  } else if (key === undefined && !auth.required) return undefined;
  if (key === undefined) return "missing_credential: it needs a virtual key";
  if (key.revokedAtMs !== undefined) return "invalid_credential: the key was revoked";
  if (key.expiresAtMs !== undefined && nowMs >= key.expiresAtMs)
    return "expired_credential: the key has expired";
  if (key.consumer !== undefined && snapshot.consumers[key.consumer] === undefined)
    return `service_unavailable: there is no Consumer ${key.consumer}, which the key was made for`;
  return undefined;
}

function targetOf(
  snapshot: Snapshot,
  match: RequestMatch,
  model: string,
  consumer: ConsumerContent | undefined,
): Target | SluiceError | undefined {
  try {
    const route = match.routed?.route.name;
    const { regions } = consumer ?? {};
    return findTarget(snapshot, {
      model,
      ...(route === undefined ? {} : { route }),
      ...(regions === undefined ? {} : { regions }),
    });
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
}

function refusalOfModel(
  target: Target,
  match: RequestMatch,
  model: string,
  who: "key" | "consumer",
  allowed: readonly string[] | undefined,
): string | undefined {
  if (allowed === undefined) return undefined;
  const asked = match.routed === undefined ? model : modelOfRoute(target);
  const index = new NamePatternIndex(allowed.map((pattern) => [pattern, true]));
  if (asked !== "" && index.find(asked) !== undefined) return undefined;
  return `model_not_allowed: the ${who} may use ${allowed.join(", ")} only`;
}

/** All that it would be counted against. */
function limitsOf(
  snapshot: Snapshot,
  target: Target,
  model: string,
  consumer: ConsumerContent | undefined,
  key: VirtualKey | undefined,
): CompiledLimit[] {
  return [...findLimits(snapshot, target, { model }), ...(consumer?.limits ?? []), ...(key?.limits ?? [])];
}
