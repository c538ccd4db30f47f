import { compileContent } from "./compile-content.ts";
import { ConfigurationError, type ConfigurationProblem } from "./configuration-problem.ts";
import { type ReadChange, readChange, type SourceFile } from "./read-change.ts";
import { sealSecrets } from "./seal-secrets.ts";
import type { SnapshotContent } from "./snapshot.ts";

/** What some files would change, found to be sound. */
export interface CheckedChange extends ReadChange {
  /** What can be taken as it is and would not do what it says. */
  warnings: ConfigurationProblem[];
  /** What the services would work by. */
  content: SnapshotContent;
}

/**
 * Checks files, each with resources or a whole configuration, as `applyChange` would, but by themselves: without a mesh
 * and what was applied to it before. What they refer to and is not among them is a warning.
 * @throws ConfigurationError with every problem at once
 */
export async function checkChange(files: readonly SourceFile[]): Promise<CheckedChange> {
  const read = readChange(files);
  const sealed = await sealSecrets(read.resources, { keys: undefined, before: () => undefined });
  const { content, warnings, problems } = compileContent(read.base, sealed.resources, {
    isWhole: read.base !== undefined,
    ...(read.baseResources === undefined ? {} : { baseResources: read.baseResources }),
  });
  const found = [...sealed.problems, ...problems];
  if (found.length > 0) throw new ConfigurationError(found);
  return { ...read, warnings, content };
}
