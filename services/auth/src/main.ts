import { runService } from "@sluice/runtime/run-service";
import { authDefinition } from "./definition.ts";

await runService(authDefinition);
