import type { Decision } from "@sluice/contracts/decision";
import type { DecisionEvent } from "@sluice/contracts/decision-event";
import type { Identity } from "@sluice/contracts/identity";
import type { DispatchedEvent } from "@sluice/contracts/usage-event";

/** A step's decision about a request, as the audit keeps it. */
export interface AuditedDecision extends Decision {
  requestId: string;
  atMs: number;
  identity: Identity;
  requestModel: string;
}

/**
 * The decisions that events carry, each once. The same decision may come several times: as an event of its
 * own, with the `dispatched` event of each attempt, and again after a resend. The earliest time and the
 * highest count are kept, whatever order the events come in.
 */
export function auditedDecisions(
  events: readonly DecisionEvent[],
  dispatched: readonly DispatchedEvent[],
): AuditedDecision[] {
  const all = [
    ...events.map(({ requestId, atMs, identity, model, decision }) => ({
      ...decision,
      requestId,
      atMs,
      identity,
      requestModel: model,
    })),
    ...dispatched.flatMap(({ requestId, atMs, identity, requestModel, decisions }) =>
      decisions.map((decision) => ({ ...decision, requestId, atMs, identity, requestModel })),
    ),
  ];
  const byKey = new Map<string, AuditedDecision>();
  for (const decision of all) {
    const key = decisionKeyText(decision);
    const known = byKey.get(key);
    byKey.set(key, known === undefined ? decision : merged(known, decision));
  }
  // In one order everywhere, so that two writers wait for each other and don't lock each other out.
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, decision]) => decision);
}

function merged(known: AuditedDecision, other: AuditedDecision): AuditedDecision {
  const earlier = other.atMs < known.atMs ? other : known;
  return { ...earlier, count: Math.max(known.count, other.count) };
}

function decisionKeyText(decision: AuditedDecision): string {
  const { requestId, service, policy, direction, rule, action } = decision;
  return JSON.stringify([requestId, service, policy, direction, rule ?? "", action]);
}
