import { aiSoloBackend, aiSoloPolicy } from "./ai.ts";
import { coreSecret } from "./core.ts";
import type { ForeignKind } from "./foreign-kind.ts";
import { soloRouteTable, soloVirtualGateway } from "./gateway.ts";
import { networkingExternalService, networkingRouteTable } from "./networking.ts";
import { extAuthPolicy, extAuthServer, trafficTransformationPolicy } from "./policies.ts";

/** What Sluice reads of other products, by their apiVersion and kind. They are translated once, where they are read. */
export const foreignKinds: Readonly<Record<string, Readonly<Record<string, ForeignKind>>>> = {
  v1: { Secret: coreSecret },
  "networking.gloo.solo.io/v2": {
    ExternalService: networkingExternalService,
    RouteTable: networkingRouteTable,
  },
  "admin.gloo.solo.io/v2": { ExtAuthServer: extAuthServer },
  "security.policy.gloo.solo.io/v2": { ExtAuthPolicy: extAuthPolicy },
  "trafficcontrol.policy.gloo.solo.io/v2": { TransformationPolicy: trafficTransformationPolicy },
  "ai.solo.io/v2": { AIBackend: aiSoloBackend, AIPolicy: aiSoloPolicy },
  "gateway.solo.io/v2": { VirtualGateway: soloVirtualGateway, RouteTable: soloRouteTable },
};
