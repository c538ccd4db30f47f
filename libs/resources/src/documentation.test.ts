import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseConfiguration } from "./read-configuration.ts";

const page = readFileSync(fileURLToPath(new URL("../../../docs/configuration.md", import.meta.url)), "utf8");

test("the examples of the documentation are together a valid configuration", () => {
  const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, example]) => example);
  expect(examples.length).toBeGreaterThan(3);
  const configuration = parseConfiguration(examples.join("\n"), "configuration.md");
  expect(Object.keys(configuration.backends)).toEqual(["openai", "house"]);
});

test("the shortest file of the documentation is that of the examples, and valid", () => {
  const example = readFileSync(
    fileURLToPath(new URL("../../../examples/short/sluice.yaml", import.meta.url)),
    "utf8",
  );
  expect(page).toContain(`\`\`\`yml\n${example}\`\`\``);
  const { models, virtualModels, keys } = parseConfiguration(example, "sluice.yaml");
  expect(models.map(({ name, backend }) => `${backend}/${name}`)).toEqual([
    "openai/gpt-4o-mini",
    "anthropic/claude-*",
    "openai/o3-mini",
  ]);
  expect([virtualModels.length, keys.length]).toEqual([1, 1]);
});

test.each([
  ["gateway.maxBody", "32MiB"],
  ["gateway.maxOpenRequests", "2000"],
  ["gateway.maxJsonDepth", "128"],
  ["gateway.requestTimeout", "10m"],
  ["gateway.uploadTimeout", "30s"],
])("the documentation gives the default of %s, %s", (key, value) => {
  const [, name = ""] = key.split(".");
  const sound = "backends: {b: {provider: openai}}\nmodels: [{name: m, backend: b}]\n";
  expect(parseConfiguration(`${sound}gateway: {${name}: ${value}}`, "f").gateway).toEqual(
    parseConfiguration(sound, "f").gateway,
  );
  expect(page.replaceAll(/ +/g, " ")).toContain(`| \`${key}\` | \`${value}\` |`);
});
