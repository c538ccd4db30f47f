import type { Operation } from "@sluice/contracts/dialect-name";
import type { Envelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { noUsage, type Usage } from "@sluice/contracts/usage";
import { costOf } from "@sluice/pricing/cost";
import type { Limit } from "@sluice/quota/quota";
import type { QuotaPolicy } from "@sluice/quota/quota-policy";
import {
  type ModelTarget,
  type Target,
  targetOfChoice,
  type WorkflowTarget,
} from "@sluice/resources/find-target";
import type { RouteLimit } from "@sluice/resources/http-route";
import type { PriceList } from "@sluice/resources/price-list";
import type { Snapshot } from "@sluice/resources/snapshot";
import type { HeldConsumer } from "./consumer-directory.ts";

/** Bytes of JSON that make a token, as a rule; too few rather than too many, so that little is left unreserved. */
const bytesPerToken = 3;
/** What a reply is taken for when the client has set no limit. */
const usualOutputTokens = 512;

/** The same object for each limit, as the quota asks for. */
const policies = new WeakMap<RouteLimit, QuotaPolicy>();

/**
 * The limits that a request comes under, each with what is to be reserved of it: an estimate, which the router replaces
 * by what was used: those of its route, for all callers together, and those of its consumer, over all routes.
 * @throws SluiceError `service_unavailable` where a cost is limited and nobody knows the price
 */
export function limitsOfRequest(
  snapshot: Snapshot,
  target: Target,
  envelope: Pick<Envelope, "bodyBytes" | "maxOutputTokens" | "operation">,
  prices: PriceList,
  consumer?: Pick<HeldConsumer, "name" | "limits">,
): Limit[] {
  const scoped = [
    ...(target.route?.limits ?? []).map((limit) => ({ limit, scope: `route:${target.route?.name}` })),
    ...(consumer?.limits ?? []).map((limit) => ({ limit, scope: `consumer:${consumer?.name}` })),
  ];
  if (scoped.length === 0) return [];
  const once: Usage = {
    ...noUsage,
    inputTokens: Math.ceil(envelope.bodyBytes / bytesPerToken),
    outputTokens: envelope.maxOutputTokens ?? usualOutputTokens,
  };
  const usage = target.type === "workflow" ? timesCalls(once, target) : once;
  return scoped.map(({ limit, scope }) => ({
    id: limit.name,
    scope,
    unit: limit.unit,
    amount: amountOf(limit, usage, () => costNanoUsd(snapshot, target, once, envelope, prices)),
    policy: policyOf(limit),
  }));
}

/** Each step that asks a model is taken for a request like the client's. */
function timesCalls({ inputTokens, outputTokens }: Usage, { workflow }: WorkflowTarget): Usage {
  const calls = workflow.steps.filter(({ type }) => type === "model").length;
  return { ...noUsage, inputTokens: inputTokens * calls, outputTokens: outputTokens * calls };
}

function amountOf({ unit }: RouteLimit, usage: Usage, cost: () => number): number {
  switch (unit) {
    case "requests":
      return 1;
    case "total_tokens":
      return usage.inputTokens + usage.outputTokens;
    case "cost_nano_usd":
      return cost();
  }
}

function costNanoUsd(
  snapshot: Snapshot,
  target: Target,
  usage: Usage,
  { operation }: Pick<Envelope, "operation">,
  prices: PriceList,
): number {
  // Of what is forwarded nobody knows the model before it is rewritten; what it costs is counted when it is known.
  if (target.type === "http") return 0;
  if (target.type === "model") return costOfModel(snapshot, target, usage, operation, prices);
  const { name, workflow } = target;
  return workflow.steps.reduce((sum, step) => {
    if (step.type === "template") return sum;
    // Which of its models it will be is not known yet: it is taken for the dearest.
    const costs = step.choices.map((_choice, index) => {
      const chosen = targetOfChoice(snapshot, name, step, index);
      return chosen === undefined ? 0 : costOfModel(snapshot, chosen, usage, operation, prices);
    });
    return sum + Math.max(...costs);
  }, 0);
}

function costOfModel(
  snapshot: Snapshot,
  { backendName, backend, providerModel }: ModelTarget,
  usage: Usage,
  operation: Operation,
  prices: PriceList,
): number {
  const price = prices.find(snapshot, {
    backend: backendName,
    provider: backend.provider,
    model: providerModel,
    atMs: Date.now(),
    inputTokens: usage.inputTokens,
  });
  const cost = price === undefined ? undefined : costOf(usage, price, operation);
  if (cost !== undefined) return Number(cost);
  throw new SluiceError(
    "service_unavailable",
    `The cost of this request is limited, and there is no price for the model ${providerModel}.`,
  );
}

function policyOf(limit: RouteLimit): QuotaPolicy {
  let policy = policies.get(limit);
  if (policy === undefined) {
    policy = { window: { kind: "rolling", limit: limit.amount, intervalMs: limit.intervalMs } };
    policies.set(limit, policy);
  }
  return policy;
}
