import { authDefinition } from "@sluice/auth/definition";
import { guardDefinition } from "@sluice/guard/definition";
import { ingressDefinition } from "@sluice/ingress/definition";
import { routerDefinition } from "@sluice/router/definition";
import { runServices } from "@sluice/runtime/run-services";

await runServices({
  edge: ingressDefinition,
  steps: [authDefinition, guardDefinition, routerDefinition],
  // Its database would keep the others waiting.
  threads: [{ service: "ledger", script: new URL(import.meta.resolve("@sluice/ledger/main")) }],
});
