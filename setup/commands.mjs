import { join } from "node:path";
import { projectFolder } from "./project.mjs";

/**
 * One program to run with Node: its name for people, and its arguments.
 * @typedef {{ name: string, nodeArguments: string[] }} NodeProgram
 */

/** @param {...string} parts */
const module = (...parts) => join(projectFolder, "node_modules", ...parts);

const biome = module("@biomejs", "biome", "bin", "biome");
const vitest = [module("vitest", "vitest.mjs"), "run"];
const oxlint = module("oxlint", "bin", "oxlint");

/**
 * Arguments that choose projects of vitest.config.ts.
 * @param {...string} names
 */
const projects = (...names) => names.flatMap((name) => ["--project", name]);

/**
 * What each root command runs, one after the other. A test makes sure that CI runs the same.
 * @type {Record<string, (rest: string[]) => NodeProgram[]>}
 */
export const commands = {
  start: (rest) => [
    { name: "start", nodeArguments: [join(projectFolder, "cli", "src", "main.ts"), "start", ...rest] },
  ],
  test: (rest) => [
    {
      name: "tests",
      nodeArguments: [...vitest, ...projects("parts", "in-process", "mesh", "compact", "alone"), ...rest],
    },
  ],
  "test:faults": (rest) => [{ name: "faults", nodeArguments: [...vitest, ...projects("faults"), ...rest] }],
  bench: (rest) => [
    { name: "bench", nodeArguments: [join(projectFolder, "bench", "src", "main.ts"), ...rest] },
  ],
  check: () => [
    { name: "types", nodeArguments: [module("typescript", "bin", "tsc"), "-p", projectFolder] },
    { name: "lint", nodeArguments: [oxlint, "--type-aware", "--deny-warnings"] },
    { name: "format", nodeArguments: [biome, "check"] },
    { name: "structure", nodeArguments: [join(projectFolder, "setup", "check-structure.mjs")] },
  ],
  fix: () => [
    { name: "format", nodeArguments: [biome, "check", "--write"] },
    { name: "lint", nodeArguments: [oxlint, "--type-aware", "--fix"] },
  ],
};
