import { runService } from "@sluice/runtime/run-service";
import { ledgerDefinition } from "./definition.ts";

await runService(ledgerDefinition);
