import { runService } from "@sluice/runtime/run-service";
import { guardDefinition } from "./definition.ts";

await runService(guardDefinition);
