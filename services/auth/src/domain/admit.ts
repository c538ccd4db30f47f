import type { Envelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { authOf } from "@sluice/resources/find-access";
import type { HttpRoute } from "@sluice/resources/http-route";
import type { Snapshot } from "@sluice/resources/snapshot";
import { virtualKeySecretPattern } from "@sluice/resources/virtual-key";
import { type Admission, type AdmissionRules, anonymous, openedByApiKey } from "./admission.ts";
import { admitByPolicy } from "./admit-by-policy.ts";
import { authenticate } from "./authenticate.ts";
import { consumerOf } from "./consumer-directory.ts";
import { type Reach, withinBoth } from "./reach.ts";

/** What `WWW-Authenticate` and the message say; which of the two it was is nobody's business. */
const apiKeyRefused = "API key is missing or invalid";

/**
 * Lets a request in as its route asks for it; the gateway's own endpoints ask for a virtual key, unless an AuthPolicy
 * covers them. Only what asks for tokens takes longer than a turn.
 * @throws SluiceError `missing_credential`, `invalid_credential`, `expired_credential`, `permission_denied`;
 *   `service_unavailable` where what is needed to judge can't be had
 */
export function admit(
  rules: AdmissionRules,
  snapshot: Snapshot,
  route: HttpRoute | undefined,
  envelope: Pick<Envelope, "credential" | "dialect">,
): Admission | Promise<Admission> {
  const auth = authOf(snapshot, route);
  if (auth.type !== "policy") return asConsumer(snapshot, admitByKey(rules, snapshot, auth, envelope));
  return admitByPolicy(rules, snapshot, auth.policy, envelope).then((admission) =>
    asConsumer(snapshot, admission),
  );
}

/** The models that who was let in may use; undefined for all. */
export function reachOf({ key, consumer }: Pick<Admission, "key" | "consumer">): Reach | undefined {
  return withinBoth(key, consumer?.reach);
}

function admitByKey(
  rules: AdmissionRules,
  snapshot: Snapshot,
  auth: Exclude<HttpRoute["auth"], { type: "policy" }>,
  { credential, dialect }: Pick<Envelope, "credential" | "dialect">,
): Admission {
  if (auth.type === "api_key") return admitByApiKey(rules, snapshot, auth.policy, credential);
  // On an open route another key is the client's own affair: its provider's, say.
  const isVirtualKey = credential !== undefined && virtualKeySecretPattern.test(credential);
  if (!auth.required && !isVirtualKey) return anonymous;
  const key = authenticate(rules.keyRing, credential, dialect, Date.now());
  return { identity: key.identity, key };
}

function admitByApiKey(
  rules: AdmissionRules,
  snapshot: Snapshot,
  policyName: string,
  credential: string | undefined,
): Admission {
  if (credential === undefined) throw refused("missing_credential");
  const admission = openedByApiKey(rules, snapshot, policyName, credential);
  if (admission === undefined) throw refused("invalid_credential");
  return admission;
}

/** With the facts of its consumer, where it is one's. */
function asConsumer(snapshot: Snapshot, admission: Admission): Admission {
  const { identity, key, secret, claims } = admission;
  const consumer = consumerOf(snapshot, { identity, madeFor: key?.consumer, secret, claims });
  return consumer === undefined
    ? admission
    : { ...admission, identity: consumer.identify(identity), consumer };
}

function refused(code: "missing_credential" | "invalid_credential"): SluiceError {
  return new SluiceError(code, apiKeyRefused, { challenge: apiKeyRefused });
}
