import { runService } from "@sluice/runtime/run-service";
import { ingressConfigSchema } from "./config.ts";
import { startIngress } from "./service.ts";

await runService({ service: "ingress", configSchema: ingressConfigSchema, start: startIngress });
