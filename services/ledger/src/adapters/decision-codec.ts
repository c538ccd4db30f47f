import type { AuditedDecision } from "../domain/audited-decision.ts";
import type { DecisionTable } from "./tables.ts";

/** The columns of a decision, to be written: instants as ISO text. */
export function decisionToJson(decision: AuditedDecision): { [Column in keyof DecisionTable]: unknown } {
  return {
    request_id: decision.requestId,
    service: decision.service,
    policy: decision.policy,
    direction: decision.direction,
    rule: decision.rule ?? "",
    action: decision.action,
    count: decision.count,
    occurred_at: new Date(decision.atMs).toISOString(),
    owner_key: decision.identity.keyId,
    owner_user: decision.identity.user ?? null,
    owner_team: decision.identity.team ?? null,
    owner_application: decision.identity.application ?? null,
    owner_department: decision.identity.department ?? null,
    owner_tags: decision.identity.tags,
    request_model: decision.requestModel,
  };
}
