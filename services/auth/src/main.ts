import { runService } from "@sluice/runtime/run-service";
import { authConfigSchema } from "./config.ts";
import { startAuth } from "./service.ts";

await runService({ service: "auth", configSchema: authConfigSchema, start: startAuth });
