import { type DialectName, dialectNames } from "@sluice/contracts/dialect-name";
import { isObject } from "@sluice/dialects/is-object";

type Values = Record<string, unknown>;

/** How the names of the providers' own models begin. */
const beginnings: Record<DialectName, RegExp> = {
  openai: /^(gpt-|chatgpt-|o\d|text-embedding-)/,
  anthropic: /^claude-/,
  gemini: /^gemini-/,
};

/**
 * Writes out what a configuration may leave to be understood, before its schema sees it:
 *
 * - a model that is a text, `gpt-4o-mini` or `openai/gpt-*`, is one with that name, served by what stands before the
 *   slash where that is a backend;
 * - a model without a backend has the only one that there is, else the one of the provider whose models are named so;
 * - a target of a virtual model that is a text is the model of that name;
 * - a provider that is named as a backend, and is none by that name, is one that says no more than its provider.
 *
 * Places stay where they are: what is said of a model is said of it, in whatever form it is written.
 */
export function writeOutShortForms(value: unknown): unknown {
  if (!isObject(value)) return value;
  const declared = isObject(value.backends) ? value.backends : {};
  const models = Array.isArray(value.models)
    ? value.models.map((model: unknown) => writeOutModel(model, declared))
    : value.models;
  const implied = impliedBackends(declared, [...asList(models), ...asList(value.prices)]);
  const hasBackends = value.backends === undefined || isObject(value.backends);
  return {
    ...value,
    ...(value.models === undefined ? {} : { models }),
    ...(Array.isArray(value.virtualModels)
      ? { virtualModels: value.virtualModels.map(writeOutVirtualModel) }
      : {}),
    ...(hasBackends && (value.backends !== undefined || Object.keys(implied).length > 0)
      ? { backends: { ...declared, ...implied } }
      : {}),
  };
}

function writeOutVirtualModel(model: unknown): unknown {
  if (!isObject(model) || !Array.isArray(model.targets)) return model;
  const targets = model.targets.map((target: unknown) =>
    typeof target === "string" ? { model: target } : target,
  );
  return { ...model, targets };
}

function writeOutModel(model: unknown, declared: Values): unknown {
  if (typeof model === "string") {
    const slash = model.indexOf("/");
    const before = model.slice(0, Math.max(slash, 0));
    const isBackend = slash > 0 && (Object.hasOwn(declared, before) || isProvider(before));
    return isBackend
      ? { name: model.slice(slash + 1), backend: before }
      : withBackend({ name: model }, declared);
  }
  return isObject(model) && !Object.hasOwn(model, "backend") ? withBackend(model, declared) : model;
}

function withBackend(model: Values, declared: Values): Values {
  const backend = typeof model.name === "string" ? backendOf(model.name, declared) : undefined;
  return backend === undefined ? model : { ...model, backend };
}

/** @returns undefined where it can't be told */
function backendOf(name: string, declared: Values): string | undefined {
  const names = Object.keys(declared);
  if (names.length === 1) return names[0];
  const provider = dialectNames.find((candidate) => beginnings[candidate].test(name));
  if (provider === undefined) return undefined;
  const ofProvider = names.filter((backend) => asRecord(declared[backend]).provider === provider);
  if (ofProvider.length > 1) return undefined;
  return ofProvider[0] ?? provider;
}

function impliedBackends(declared: Values, users: readonly unknown[]): Values {
  const named = users.map((user) => asRecord(user).backend);
  return Object.fromEntries(
    dialectNames
      .filter((provider) => named.includes(provider) && !Object.hasOwn(declared, provider))
      .map((provider) => [provider, { provider }]),
  );
}

function isProvider(name: string): name is DialectName {
  return (dialectNames as readonly string[]).includes(name);
}

function asRecord(value: unknown): Values {
  return isObject(value) ? value : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
