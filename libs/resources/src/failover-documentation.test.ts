import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseConfiguration } from "./read-configuration.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

test("the file with a last resort is that of the examples, and valid", () => {
  const example = readFileSync(`${root}examples/failover/last-resort.yaml`, "utf8");
  expect(readFileSync(`${root}docs/failover.md`, "utf8")).toContain(`\`\`\`yml\n${example}\`\`\``);
  expect(parseConfiguration(example, "sluice.yaml").virtualModels).toMatchObject([
    { midStream: "continue", lastResort: { status: 200 } },
  ]);
});

test("the file of docs/failover.md is that of the examples, and valid", () => {
  const example = readFileSync(`${root}examples/failover/sluice.yaml`, "utf8");
  expect(readFileSync(`${root}docs/failover.md`, "utf8")).toContain(`\`\`\`yml\n${example}\`\`\``);
  const { virtualModels } = parseConfiguration(example, "sluice.yaml");
  expect(
    virtualModels.map(({ targets }) => targets?.map(({ weight, priority }) => [weight, priority])),
  ).toEqual([
    [
      [1, 0],
      [1, 0],
    ],
    [
      [95, 0],
      [5, 0],
      [1, 1],
    ],
    [
      [1, 0],
      [1, 0],
    ],
  ]);
});
