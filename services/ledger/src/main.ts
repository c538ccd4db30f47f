import { runService } from "@sluice/runtime/run-service";
import { configSchema } from "./config.ts";
import { startLedger } from "./service.ts";

await runService({ service: "ledger", configSchema, start: startLedger });
