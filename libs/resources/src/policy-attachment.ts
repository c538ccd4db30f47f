import type { Attachment } from "./kinds/attachment.ts";
import { matchesLabels, type Reference } from "./kinds/metadata.ts";
import type { RouteSpec } from "./kinds/route-table.ts";
import { appliesToTable, coversModel } from "./models-of-tables.ts";
import { isOfKind, type Resource } from "./resource.ts";
import type { ResourceSet } from "./resource-set.ts";

type Table = Resource<"RouteTable">;

/** Kinds of policies that routes come under, by name or because the policy chooses them. */
export type PolicyKind = "AIPolicy" | "AuthPolicy" | "TransformationPolicy";

/** Whether a policy of a namespace chooses a route by itself. */
export function applies(
  attachment: Attachment | undefined,
  namespace: string,
  table: Table,
  route: RouteSpec,
): boolean {
  return (
    attachment?.routes?.some(({ labels }) => matchesLabels(route.labels, labels)) === true ||
    appliesToTable(attachment, namespace, table)
  );
}

/** A policy that covers no route does nothing, which is hardly what was meant. */
export function warnOfIdlePolicies(set: ResourceSet): void {
  const tables = set.all("RouteTable");
  const kinds: PolicyKind[] = ["AIPolicy", "AuthPolicy", "TransformationPolicy"];
  for (const policy of kinds.flatMap((kind): Resource<PolicyKind>[] => set.all(kind))) {
    const { applyTo } = policy.spec;
    const coversGateway = applyTo !== undefined && "gateway" in applyTo && applyTo.gateway === true;
    if (coversGateway) continue;
    const isUsed =
      set.all("Workflow").some((workflow) => isNamedBy(workflow, policy)) ||
      tables.some((table) =>
        table.spec.routes.some(
          (route) =>
            applies(applyTo, policy.metadata.namespace, table, route) || isNamed(policy, table, route),
        ),
      );
    if (isUsed || (isOfKind(policy, "AIPolicy") && coversModel(set, policy))) continue;
    const text = "it covers no route, so it does nothing";
    set.warn(policy, policy.metadata.name, text, "TargetNotFound", "Accepted");
  }
}

function isNamedBy({ metadata, spec }: Resource<"Workflow">, policy: Resource<PolicyKind>): boolean {
  const references = [spec.policies, ...spec.steps.map(({ policies }) => policies)].flatMap(
    (policies) => policies?.ai ?? [],
  );
  return (
    policy.kind === "AIPolicy" && references.some((reference) => isReferenceTo(policy, reference, metadata))
  );
}

function isReferenceTo(
  policy: Resource<PolicyKind>,
  { name, namespace }: Reference,
  from: { namespace: string },
): boolean {
  return name === policy.metadata.name && (namespace ?? from.namespace) === policy.metadata.namespace;
}

function isNamed(policy: Resource<PolicyKind>, table: Table, { policies }: RouteSpec): boolean {
  const references = {
    AIPolicy: policies.ai ?? [],
    AuthPolicy: policies.auth === undefined ? [] : [policies.auth],
    TransformationPolicy: policies.transformation === undefined ? [] : [policies.transformation],
  }[policy.kind];
  return references.some((reference) => isReferenceTo(policy, reference, table.metadata));
}
