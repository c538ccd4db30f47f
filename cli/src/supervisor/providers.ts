import type { BaseContent } from "@sluice/resources/snapshot";

const keyVariables = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"] as const;

export interface Providers {
  /** Names of the keys that were found; none means that the simulator answers. */
  keys: string[];
  /** What the router's environment needs besides what it has. */
  environment: Record<string, string>;
}

/** Which providers there are keys for. Google's own SDK also reads GOOGLE_API_KEY. */
export function findProviders(environment: Readonly<Record<string, string | undefined>>): Providers {
  const gemini = environment.GEMINI_API_KEY || environment.GOOGLE_API_KEY;
  const keys = keyVariables.filter((name) => (name === "GEMINI_API_KEY" ? gemini : environment[name]));
  return { keys, environment: gemini ? { GEMINI_API_KEY: gemini } : {} };
}

/** Points the router at the simulator instead of the providers. */
export function simulatedProviders(simulatorUrl: string): Record<string, string> {
  return {
    OPENAI_BASE_URL: `${simulatorUrl}/v1`,
    ANTHROPIC_BASE_URL: simulatorUrl,
    GEMINI_BASE_URL: simulatorUrl,
    ...Object.fromEntries(keyVariables.map((name) => [name, "simulator"])),
  };
}

/**
 * A model to try first: one that the configuration lists and whose backend has its key.
 * @param environment What the router is given.
 */
export function firstModel(
  configuration: BaseContent,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const hasKey = (backend: string) => {
    const reference = configuration.backends[backend]?.apiKey;
    if (reference === undefined) return false;
    return !("env" in reference) || Boolean(environment[reference.env]);
  };
  return configuration.models.find(({ backend, listed }) => listed.length > 0 && hasKey(backend))?.listed[0];
}
