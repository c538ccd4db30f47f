import { runService } from "@sluice/runtime/run-service";
import { routerDefinition } from "./definition.ts";

await runService(routerDefinition);
