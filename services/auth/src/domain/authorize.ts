import type { Envelope } from "@sluice/contracts/envelope";
import type { AccessPolicy } from "@sluice/resources/access-policy";
import {
  type AuthorizationRule,
  compileAuthorizationRule,
  type RuleFacts,
} from "@sluice/resources/authorization-rule";
import { CelError } from "@sluice/resources/cel/cel-error";
import { authOf } from "@sluice/resources/find-access";
import type { HttpRoute } from "@sluice/resources/http-route";
import type { Snapshot } from "@sluice/resources/snapshot";
import type { Admission } from "./admission.ts";
import { deniedBy } from "./bearer-error.ts";

type Rules = NonNullable<AccessPolicy["authorization"]>;

/** A rule that could not be said to be true or false. */
export interface FailedRule {
  policy: string;
  /** Such as `deny[0]`. */
  rule: string;
  /** In a word, such as `no_such_key`: what the rule was about is in no log. */
  reason: string;
}

interface NamedRule {
  name: string;
  rule: AuthorizationRule;
  /** Whether it was reported that it fails. */
  hasFailed: boolean;
}

const compiled = new WeakMap<Rules, { deny: NamedRule[]; allow: NamedRule[] }>();

/**
 * Refuses a request that the rules of its policy do not allow: one that a `deny` rule is true of, or can't be said of;
 * and where there are `allow` rules, one that none of them is true of.
 * @param onFailure called for each rule that fails, once in a revision
 * @throws SluiceError `permission_denied` that names the policy
 */
export function authorize(
  snapshot: Snapshot,
  route: HttpRoute | undefined,
  envelope: Pick<Envelope, "clientRequest" | "model" | "operation" | "route">,
  admission: Admission,
  onFailure: (failed: FailedRule) => void,
): void {
  const auth = authOf(snapshot, route);
  const rules = auth.type === "policy" ? snapshot.accessPolicies[auth.policy]?.authorization : undefined;
  if (auth.type !== "policy" || rules === undefined) return;
  const { deny, allow } = compiledOf(rules);
  const facts = factsOf(snapshot, route, envelope, admission);
  const says = (named: NamedRule, otherwise: boolean): boolean => {
    try {
      return named.rule.holds(facts);
    } catch (error) {
      if (!named.hasFailed) onFailure({ policy: auth.policy, rule: named.name, reason: reasonOf(error) });
      named.hasFailed = true;
      return otherwise;
    }
  };
  if (deny.some((rule) => says(rule, true))) throw deniedBy(auth.policy);
  if (allow.length > 0 && !allow.some((rule) => says(rule, false))) throw deniedBy(auth.policy);
}

function reasonOf(error: unknown): string {
  return error instanceof CelError ? error.code : "unexpected";
}

function compiledOf(rules: Rules): { deny: NamedRule[]; allow: NamedRule[] } {
  let ready = compiled.get(rules);
  if (ready === undefined) {
    const prepare = (list: "deny" | "allow"): NamedRule[] =>
      rules[list].map((source, position) => ({
        name: `${list}[${position}]`,
        rule: compileAuthorizationRule(source),
        hasFailed: false,
      }));
    ready = { deny: prepare("deny"), allow: prepare("allow") };
    compiled.set(rules, ready);
  }
  return ready;
}

function factsOf(
  snapshot: Snapshot,
  route: HttpRoute | undefined,
  { clientRequest, model, operation }: Pick<Envelope, "clientRequest" | "model" | "operation">,
  { identity, claims = {}, consumer }: Admission,
): RuleFacts {
  if (clientRequest === undefined) throw new Error("the ingress has not said what the rules are to be told");
  const { keyId: key, user = "", team = "", application = "", department = "", tags } = identity;
  const upstream = route?.target.type === "http" ? snapshot.upstreams[route.target.upstream] : undefined;
  return {
    identity: { key, user, team, application, department, tags, consumer: consumer?.name ?? "" },
    claims,
    request: {
      ...clientRequest,
      route: route?.name ?? "",
      operation,
      model: model === "" ? (upstream?.model ?? "") : model,
    },
  };
}
