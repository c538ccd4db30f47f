import { compileLimits } from "@sluice/resources/compile-limit";
import type { CompiledLimit } from "@sluice/resources/compiled-limit";
import { ConfigurationError, formatPath } from "@sluice/resources/configuration-problem";
import { readLimits } from "@sluice/resources/read-limits";
import { CommandError } from "../command-error.ts";

/**
 * Limits of a key, each as an entry of `limits` in sluice.yaml without its braces.
 * @param place what goes before a text in messages, such as `--limit `
 * @throws CommandError with all that is wrong with them
 */
export function keyLimits(key: string, texts: readonly string[], place: string): CompiledLimit[] {
  try {
    return compileLimits(`key ${key}`, readLimits(texts));
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const faults = error.problems.map(({ path: [index = 0, ...path], message }) => {
      const where = path.length === 0 ? "" : `${formatPath(path)}: `;
      return `${place}${JSON.stringify(texts[Number(index)])}: ${where}${message}`;
    });
    throw new CommandError(`${faults.join("; ")}.`);
  }
}
