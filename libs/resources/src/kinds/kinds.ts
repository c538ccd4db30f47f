import type { z } from "zod";
import { aiBackendSchema } from "./ai-backend.ts";
import { aiPolicySchema } from "./ai-policy.ts";
import { authPolicySchema } from "./auth-policy.ts";
import { consumerSchema } from "./consumer.ts";
import { externalServiceSchema } from "./external-service.ts";
import { gatewaySettingsSchema } from "./gateway-settings.ts";
import { promptTemplateSchema } from "./prompt-template.ts";
import { routeTableSchema } from "./route-table.ts";
import { secretSpecSchema } from "./secret.ts";
import { transformationPolicySchema } from "./transformation-policy.ts";
import { virtualGatewaySchema } from "./virtual-gateway.ts";
import { workflowSchema } from "./workflow.ts";

/** The group and version of Sluice's own kinds. */
export const apiVersion = "sluice.dev/v1";

/** Sluice's kinds of resources, each with the schema of its `spec`. */
export const kinds = {
  VirtualGateway: virtualGatewaySchema,
  RouteTable: routeTableSchema,
  AIBackend: aiBackendSchema,
  ExternalService: externalServiceSchema,
  Workflow: workflowSchema,
  AIPolicy: aiPolicySchema,
  AuthPolicy: authPolicySchema,
  Consumer: consumerSchema,
  PromptTemplate: promptTemplateSchema,
  TransformationPolicy: transformationPolicySchema,
  Secret: secretSpecSchema,
  GatewaySettings: gatewaySettingsSchema,
} as const;

export type Kind = keyof typeof kinds;
export type SpecOf<K extends Kind> = z.output<(typeof kinds)[K]>;

export function isKind(name: string): name is Kind {
  return Object.hasOwn(kinds, name);
}
