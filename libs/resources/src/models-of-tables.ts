import type { Attachment } from "./kinds/attachment.ts";
import type { TableModel } from "./kinds/table-model.ts";
import type { Resource } from "./resource.ts";
import type { ResourceSet } from "./resource-set.ts";

/** A model with the table that has it. */
export interface ModelOfTable {
  table: Resource<"RouteTable">;
  model: TableModel;
}

export function modelsOfTables(set: ResourceSet): ModelOfTable[] {
  return set.all("RouteTable").flatMap((table) => table.spec.models.map((model) => ({ table, model })));
}

/** Whether a policy covers any model, because that names it or because it chooses the model's table. */
export function coversModel(set: ResourceSet, policy: Resource<"AIPolicy">): boolean {
  return modelsOfTables(set).some(
    ({ table, model }) =>
      appliesToTable(policy.spec.applyTo, policy.metadata.namespace, table) || isNamed(policy, table, model),
  );
}

/** Whether a policy chooses a table as a whole. */
export function appliesToTable(
  attachment: Attachment | undefined,
  namespace: string,
  { metadata }: Resource<"RouteTable">,
): boolean {
  return (
    attachment?.routeTables?.some(
      (reference) =>
        reference.name === metadata.name && (reference.namespace ?? namespace) === metadata.namespace,
    ) === true
  );
}

function isNamed(
  { metadata }: Resource<"AIPolicy">,
  table: Resource<"RouteTable">,
  { policies }: TableModel,
): boolean {
  return (policies.ai ?? []).some(
    ({ name, namespace }) =>
      name === metadata.name && (namespace ?? table.metadata.namespace) === metadata.namespace,
  );
}
