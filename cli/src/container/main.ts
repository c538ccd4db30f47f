import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectFolder } from "../supervisor/mesh-settings.ts";
import { endUntilHandled } from "./early-signals.ts";
import { parts } from "./parts.ts";
import { useSimulatorWithoutKeys } from "./use-simulator.ts";

/**
 * What a container runs: `ingress`, `auth`, `guard`, `router`, `ledger`, `simulator` or `compact` as this process
 * itself, so that it is PID 1 and signals reach it; anything else is a command of `sluice`.
 */
endUntilHandled(["SIGTERM", "SIGINT"]);

const [name = ""] = process.argv.slice(2);
const file = Object.hasOwn(parts, name) ? join(projectFolder, parts[name]?.file ?? "") : undefined;
if (file !== undefined && existsSync(file)) {
  if (name === "router" || name === "compact") useSimulatorWithoutKeys(process.env);
  // They take everything from the environment, and what is left of the arguments as their own.
  process.argv.splice(1, 2, file);
  await import(pathToFileURL(file).href);
} else {
  await import("../main.ts");
}
