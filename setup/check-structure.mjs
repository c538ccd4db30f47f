import configuration from "../.dependency-cruiser.mjs";
import { projectFolder } from "./project.mjs";
import { structureViolations } from "./structure.mjs";

const violations = await structureViolations(projectFolder, [
  "libs",
  "services",
  "cli",
  "compact",
  "simulator",
  "bench",
  "test",
  "setup",
]);
for (const { rule, from, to } of violations) {
  const comment = configuration.forbidden?.find(({ name }) => name === rule)?.comment ?? "";
  process.stdout.write(`${from}\n  -> ${to}\n  ${rule}: ${comment}\n`);
}
if (violations.length > 0) process.exitCode = 1;
