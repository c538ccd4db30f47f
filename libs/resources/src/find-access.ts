import type { AccessPolicy } from "./access-policy.ts";
import type { HttpRoute, RouteAuth } from "./http-route.ts";
import type { Snapshot } from "./snapshot.ts";

/** What the gateway's own endpoints ask for where no AuthPolicy covers them. */
const byVirtualKey: RouteAuth = { type: "virtual_key", required: true };

/**
 * Who may use what a request asks for.
 * @param route undefined for the gateway's own endpoints
 */
export function authOf(
  { gatewayAccess }: Pick<Snapshot, "gatewayAccess">,
  route: HttpRoute | undefined,
): RouteAuth {
  if (route !== undefined) return route.auth;
  return gatewayAccess === undefined ? byVirtualKey : { type: "policy", policy: gatewayAccess };
}

/** The policy of a request that has one which asks for more than keys of one sort. */
export function accessPolicyOf(
  snapshot: Pick<Snapshot, "gatewayAccess" | "accessPolicies">,
  route: HttpRoute | undefined,
): AccessPolicy | undefined {
  const auth = authOf(snapshot, route);
  return auth.type === "policy" ? snapshot.accessPolicies[auth.policy] : undefined;
}
