import { runService } from "@sluice/runtime/run-service";
import { routerConfigSchema } from "./config.ts";
import { startRouter } from "./service.ts";

await runService({ service: "router", configSchema: routerConfigSchema, start: startRouter });
