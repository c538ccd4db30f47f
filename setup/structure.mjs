import { cruise } from "dependency-cruiser";
import configuration from "../.dependency-cruiser.mjs";

/**
 * Holds the files under a folder against the rules of `.dependency-cruiser.mjs`.
 *
 * Called through its API, because its command line warns that TypeScript 7 has none yet, and then that imports may
 * have been missed, though its other parser (swc) reads them all; the tests show it.
 *
 * @param {string} folder The repository, or something laid out like it.
 * @param {string[]} paths What to look at, relative to `folder`.
 * @returns {Promise<{ rule: string, from: string, to: string }[]>}
 */
export async function structureViolations(folder, paths) {
  const { forbidden = [], options } = configuration;
  const { output } = await cruise(
    paths,
    { ...options, baseDir: folder, validate: true, ruleSet: { forbidden } },
    options?.enhancedResolveOptions,
  );
  if (typeof output === "string")
    throw new Error("dependency-cruiser gave a text where its result was expected.");
  return output.summary.violations.map(({ rule, from, to, cycle }) => ({
    rule: rule.name,
    from,
    to: cycle === undefined ? to : cycle.map(({ name }) => name).join(" -> "),
  }));
}
