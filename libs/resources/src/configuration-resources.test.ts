import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { defaultBreaker } from "./breaker.ts";
import { compileCallLimits } from "./call-limits.ts";
import { compileContent } from "./compile-content.ts";
import { compileSnapshot } from "./compile-snapshot.ts";
import type { Configuration } from "./configuration.ts";
import { configurationResources } from "./configuration-resources.ts";
import { compileGateway } from "./gateway-schema.ts";
import { providerDefaults } from "./provider-defaults.ts";
import { parseConfiguration } from "./read-configuration.ts";
import { readResources } from "./read-resources.ts";
import type { BaseContent, SecretReference } from "./snapshot.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The snapshot as a configuration made it before it became resources; without what has come since. */
function formerSnapshot(configuration: Configuration, directory: string): BaseContent {
  const { gateway, backends, models, defaults, guardPolicies, ledger, prices } = configuration;
  const secret = ({ env, file }: { env?: string; file?: string } = {}): SecretReference | undefined =>
    env === undefined ? (file === undefined ? undefined : { file: resolve(directory, file) }) : { env };
  return {
    gateway: compileGateway(gateway),
    backends: Object.fromEntries(
      Object.entries(backends).map(([name, { provider, baseUrl, apiKey, timeouts, retries }]) => [
        name,
        {
          provider,
          baseUrl: baseUrl ?? providerDefaults[provider].baseUrl,
          apiKey: secret(apiKey as { env?: string; file?: string }) ?? providerDefaults[provider].apiKey,
          breaker: defaultBreaker,
          ...compileCallLimits(timeouts, retries),
        },
      ]),
    ),
    models: models.map((model) => ({
      name: model.name,
      backend: model.backend,
      ...(model.providerModel === undefined ? {} : { providerModel: model.providerModel }),
      listed: model.name.endsWith("*") ? (model.listed ?? []) : [model.name],
      guardPolicies: model.guardPolicies ?? defaults.guardPolicies,
      lostCall: model.lostCall ?? defaults.lostCall,
    })),
    guardPolicies,
    ledger,
    prices,
  };
}

/** Whole configurations in the tests of the repository, those of the documentation, and the repository's own. */
function configurations(): { name: string; text: string }[] {
  const ofTests = readdirSync(`${root}test`)
    .filter((name) => name.endsWith(".test.ts"))
    .flatMap((name) =>
      [...readFileSync(`${root}test/${name}`, "utf8").matchAll(/`([^`$]*)`/g)]
        .map(([, text = ""]) => text)
        .filter(
          (text) => /^backends:/m.test(text) && /^models:/m.test(text) && !/opnai|sk-literal/.test(text),
        )
        .map((text, index) => ({ name: `${name} ${index}`, text })),
    );
  const page = readFileSync(`${root}docs/configuration.md`, "utf8");
  const ofPage = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text).join("\n");
  return [
    { name: "sluice.yaml", text: readFileSync(`${root}sluice.yaml`, "utf8") },
    { name: "docs/configuration.md", text: ofPage },
    ...ofTests,
  ];
}

test("there are configurations to compare", () => {
  expect(configurations().length).toBeGreaterThan(4);
});

/** Without virtual models and limits, which came with the resources and after them. */
function parsed(text: string): Configuration {
  const { models, defaults, ...rest } = parseConfiguration(text, "sluice.yaml");
  return {
    ...rest,
    models: models.map((model) => ({ ...model, limits: [] })),
    defaults: { ...defaults, limits: [] },
    virtualModels: [],
  };
}

test.each(configurations())("$name compiles by its resources to what it always did", ({ text }) => {
  const configuration = parsed(text);
  expect(compileSnapshot(configuration, "/etc/sluice")).toEqual(formerSnapshot(configuration, "/etc/sluice"));
});

test.each(configurations())(
  "the resources of $name are the same when they are applied themselves",
  ({ text }) => {
    const configuration = parsed(text);
    const resources = configurationResources(configuration, "/etc/sluice", "sluice.yaml");
    const written = resources.map(({ plain }) => JSON.stringify(plain)).join("\n---\n");
    const read = readResources([{ text: written, name: "exported.yaml" }]);
    expect(read.problems).toEqual([]);
    const { content, warnings, problems } = compileContent(undefined, read.resources);
    expect({ warnings, problems }).toEqual({ warnings: [], problems: [] });
    // As resources of their own, guard policies are called by their kind too.
    const text_ = JSON.stringify(compileSnapshot(configuration, "/etc/sluice"));
    const named = Object.keys(configuration.guardPolicies).reduce(
      (all, name) => all.replaceAll(`"${name}"`, `"AIPolicy ${name}"`),
      text_,
    );
    const { gateway, backends, models, guardPolicies, ledger, prices } = content;
    expect({ gateway, backends, models, guardPolicies, ledger, prices }).toEqual(JSON.parse(named));
  },
);

test("what is as usual is not written out", () => {
  const configuration = parseConfiguration("models: [gpt-4o-mini]", "sluice.yaml");
  const plain = configurationResources(configuration, "/", "sluice.yaml").map((resource) => resource.plain);
  expect(plain.slice(0, 2)).toEqual([
    {
      apiVersion: "sluice.dev/v1",
      kind: "AIBackend",
      metadata: { name: "openai" },
      spec: { provider: "openai" },
    },
    {
      apiVersion: "sluice.dev/v1",
      kind: "RouteTable",
      metadata: { name: "sluice-yaml" },
      spec: { models: [{ name: "gpt-4o-mini", destination: { aiBackend: { name: "openai" } } }] },
    },
  ]);
});

test("a virtual model is its model under another name, with settings of its own", () => {
  const configuration = parseConfiguration(
    `
models: [openai/gpt-*, { name: best, backend: anthropic, providerModel: claude-opus-5-5 }]
backends: { openai: { provider: openai }, anthropic: { provider: anthropic } }
virtualModels:
  - { name: fast, model: gpt-4o-mini }
  - { name: careful, model: best, guardPolicies: [], lostCall: repeat }
defaults: { guardPolicies: [usual] }
guardPolicies: { usual: { prompt: [{ detector: email, action: mask }] } }
`,
    "sluice.yaml",
  );
  expect(compileSnapshot(configuration, "/").models.slice(2)).toEqual([
    {
      name: "fast",
      backend: "openai",
      providerModel: "gpt-4o-mini",
      listed: ["fast"],
      guardPolicies: ["usual"],
      lostCall: "fail",
    },
    {
      name: "careful",
      backend: "anthropic",
      providerModel: "claude-opus-5-5",
      listed: ["careful"],
      guardPolicies: [],
      lostCall: "repeat",
    },
  ]);
});

test("a virtual model of several is all of them, with the policies of each", () => {
  const configuration = parseConfiguration(
    `
models: [openai/gpt-*, { name: best, backend: anthropic, providerModel: claude-opus-5-5, guardPolicies: [strict], lostCall: repeat }]
backends: { openai: { provider: openai }, anthropic: { provider: anthropic } }
virtualModels:
  - { name: smart, targets: [{ model: gpt-4o-mini, weight: 9 }, { model: best, priority: 1 }], sticky: user }
defaults: { guardPolicies: [usual] }
guardPolicies:
  usual: { prompt: [{ detector: email, action: mask }] }
  strict: { prompt: [{ detector: email, action: block }] }
`,
    "sluice.yaml",
  );
  expect(compileSnapshot(configuration, "/").models.slice(2)).toEqual([
    {
      name: "smart",
      backend: "openai",
      providerModel: "gpt-4o-mini",
      pool: {
        sticky: "user",
        strategy: "weighted",
        targets: [
          { backend: "openai", providerModel: "gpt-4o-mini", weight: 9, priority: 0 },
          { backend: "anthropic", providerModel: "claude-opus-5-5", weight: 1, priority: 1 },
        ],
      },
      listed: ["smart"],
      guardPolicies: ["usual", "strict"],
      lostCall: "fail",
    },
  ]);
});
