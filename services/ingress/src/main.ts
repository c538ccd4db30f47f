import { runService } from "@sluice/runtime/run-service";
import { ingressDefinition } from "./definition.ts";

await runService(ingressDefinition);
