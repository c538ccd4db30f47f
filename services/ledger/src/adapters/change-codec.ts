import type { ChangeEvent } from "@sluice/contracts/change-event";
import type { Selectable } from "kysely";
import type { ChangeView } from "../domain/change-view.ts";
import type { ChangeTable } from "./tables.ts";

/** The columns of a change, to be written: instants as ISO text. */
export function changeToJson(event: ChangeEvent): { [Column in keyof ChangeTable]: unknown } {
  return {
    change_id: event.changeId,
    kind: event.kind,
    namespace: event.namespace,
    name: event.name,
    type: event.type,
    revision: event.revision,
    previous_revision: event.previousRevision,
    occurred_at: new Date(event.atMs).toISOString(),
    made_by: event.by,
    origin: event.origin,
    change: event.change,
    reason: event.reason ?? null,
    diff: event.diff,
  };
}

/** A change as the API shows it. */
export function changeFromRow(row: Selectable<ChangeTable>): ChangeView {
  return {
    changeId: row.change_id,
    revision: Number(row.revision),
    previousRevision: Number(row.previous_revision),
    occurredAt: row.occurred_at.toISOString(),
    by: row.made_by,
    origin: row.origin,
    change: row.change,
    reason: row.reason,
    kind: row.kind,
    namespace: row.namespace,
    name: row.name,
    type: row.type,
    diff: row.diff,
  };
}
