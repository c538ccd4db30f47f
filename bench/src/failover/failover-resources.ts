/** How a first target fails, and where it is. */
export interface FailingTarget {
  name: string;
  /** In the report. */
  title: string;
  url: string;
}

/** How long a target that hangs is waited for, milliseconds. */
export const hangTimeoutMs = 250;

/** A closed port, and a name that no DNS server may know (RFC 6761). */
const refusingUrl = "http://127.0.0.1:9/v1";
const unknownUrl = "http://first.invalid/v1";

/** What bench/sluice.yaml has the guard look for, which its own models alone have. */
const policyName = "sensitive";
const masked = ["credit_card", "us_ssn", "iban", "secrets"].map((detector) => ({ detector, action: "mask" }));

/** The first targets that are measured. */
export function failingTargets(failingUrl: string): FailingTarget[] {
  return [
    { name: "status-429", title: "answers 429", url: `${failingUrl}/429/v1` },
    { name: "status-500", title: "answers 500", url: `${failingUrl}/500/v1` },
    { name: "resets", title: "resets the connection", url: `${failingUrl}/reset/v1` },
    { name: "refuses", title: "refuses the connection", url: refusingUrl },
    { name: "unknown-host", title: "has no address in DNS", url: unknownUrl },
    { name: "hangs", title: `hangs (\`firstToken: ${hangTimeoutMs}ms\`)`, url: `${failingUrl}/hang/v1` },
  ];
}

/** Name of the model whose first target answers. */
export const healthyName = "healthy";

/**
 * Models with two targets each: the second one answers, the first one as its name says. What stands behind a model's
 * name goes to the first target as its model, so that each name has a breaker of its own.
 * @param upstreamUrl of the upstream that answers
 */
export function failoverResources(
  upstreamUrl: string,
  failing: readonly FailingTarget[],
  model: string,
): string {
  const backends = [
    backend(healthyName, `${upstreamUrl}/v1`),
    backend("second", `${upstreamUrl}/v1`),
    ...failing.map(({ name, url }) => backend(name, url)),
  ];
  const models = [healthyName, ...failing.map(({ name }) => name)].map((name) => ({
    name: `${name}/*`,
    targets: [
      { aiBackend: { name }, providerModel: "*" },
      { aiBackend: { name: "second" }, providerModel: model, priority: 1 },
    ],
    policies: { ai: [{ name: policyName }] },
  }));
  const table = resource("RouteTable", "failover", { models });
  // YAML takes JSON as it is.
  const policy = resource("AIPolicy", policyName, { failure: "closed", prompt: masked, reply: masked });
  return [...backends, policy, table].map((each) => JSON.stringify(each)).join("\n---\n");
}

function backend(name: string, url: string): object {
  return resource("AIBackend", name, {
    provider: "openai",
    url,
    credentials: { env: "OPENAI_API_KEY" },
    timeouts: { firstToken: `${hangTimeoutMs}ms` },
  });
}

function resource(kind: string, name: string, spec: object): object {
  return { apiVersion: "sluice.dev/v1", kind, metadata: { name }, spec };
}
