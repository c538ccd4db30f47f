import { runService } from "@sluice/runtime/run-service";
import { guardConfigSchema } from "./config.ts";
import { startGuard } from "./service.ts";

await runService({ service: "guard", configSchema: guardConfigSchema, start: startGuard });
