import type { ServiceName } from "@sluice/contracts/service-name";
import type { Kind } from "./kinds/kinds.ts";

/** The services that work by the configuration. */
const followers: readonly ServiceName[] = ["ingress", "auth", "guard", "router"];

/** Kinds that some of them never look at. */
const fewer: Partial<Record<Kind, readonly ServiceName[]>> = {
  VirtualGateway: ["ingress"],
  AIBackend: ["auth", "guard", "router"],
  ExternalService: ["auth", "guard", "router"],
  AIPolicy: ["auth", "guard", "router"],
  TransformationPolicy: ["guard", "router"],
  Secret: ["auth", "router"],
};

/** The services that do what resources of a kind say. */
export function servicesOfKind(kind: Kind): readonly ServiceName[] {
  return fewer[kind] ?? followers;
}
