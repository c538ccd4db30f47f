import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { startCommand } from "../../commands/start.ts";
import type { ProcessDefinition } from "../process-definition.ts";

/**
 * `sluice start` with {@link file://./fake-service.ts} in place of the services; everything else is real.
 * FAKE_BEHAVIOURS, as `guard=fails`, says which of them misbehave.
 */
const script = fileURLToPath(new URL("./fake-service.ts", import.meta.url));
const behaviours = new Map(
  (process.env.FAKE_BEHAVIOURS ?? "")
    .split(",")
    .map((pair) => [...pair.split("="), ""] as const)
    .map(([service, behaviour]) => [service, behaviour]),
);

function fake(definition: ProcessDefinition): ProcessDefinition {
  const { service } = definition;
  return {
    ...definition,
    script,
    environment(index) {
      const environment = definition.environment(index);
      const port =
        service === "ledger"
          ? environment.SLUICE_LEDGER_PORT
          : service === "simulator"
            ? environment.SLUICE_SIMULATOR_PORT
            : "0";
      return {
        ...environment,
        FAKE_SERVICE: service,
        FAKE_PORT: port ?? "0",
        FAKE_BEHAVIOUR: behaviours.get(service) ?? "",
        FAKE_FAULT_FILE: `${process.env.SLUICE_DATA_DIR}/${service}.fault`,
      };
    },
  };
}

const terminal = {
  environment: process.env,
  directory: process.cwd(),
  readInput: () => Promise.resolve(""),
  out: (text: string) => process.stdout.write(text),
  error: (text: string) => process.stderr.write(text),
};
try {
  const command = new Command("sluice").addCommand(
    startCommand(terminal, (definitions) => definitions.map(fake)),
  );
  await command.parseAsync(["start", ...process.argv.slice(2)], { from: "user" });
} catch (error) {
  process.stderr.write(`sluice: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
