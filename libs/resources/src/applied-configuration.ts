import type { BusConnection } from "@sluice/bus/bus";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { type Applied, type AppliedRevision, readApplied } from "./applied-store.ts";
import { compileContent } from "./compile-content.ts";
import type { ConfigurationProblem } from "./configuration-problem.ts";
import { readPresentApplied, waysOut } from "./present-applied.ts";
import { readPresentSnapshot } from "./publish-snapshot.ts";
import { readFileResources } from "./read-file-resources.ts";
import { readAppliedResource } from "./read-resources.ts";
import type { PlainResource, Resource } from "./resource.ts";
import type { ResourceFinding, ResourceLink } from "./resource-findings.ts";
import type { SnapshotContent } from "./snapshot.ts";

/** The configuration that the mesh works by, and what it was compiled from. */
export interface AppliedConfiguration {
  revision: number;
  resources: Resource[];
  content: SnapshotContent;
  /** Those that its configuration file stands for, marked as such; `resources` has none of them. */
  fileResources: PlainResource[];
  warnings: ConfigurationProblem[];
  /** What is wrong with single resources, and who refers to whom. */
  findings: ResourceFinding[];
  links: ResourceLink[];
  /** Resources that an earlier release applied and this one can't read. */
  unreadable: { plain: PlainResource; problems: ConfigurationProblem[] }[];
  applied: Applied;
}

/** All that the mesh works by, those of the configuration file first. */
export function allResources({ fileResources, applied }: AppliedConfiguration): PlainResource[] {
  return [...fileResources, ...applied.resources];
}

/** @throws SluiceError `not_found` when what it was compiled from can't be read, `bus_unavailable` */
export async function readAppliedConfiguration(bus: BusConnection): Promise<AppliedConfiguration> {
  const { revision, content: published } = await readPresentSnapshot(bus);
  const { applied: key } = published;
  const { applied, lost } = await readPresentApplied(bus, typeof key === "string" ? key : undefined);
  if (lost !== undefined) throw new SluiceError("not_found", `${lost.message} ${waysOut}`);
  const read = applied.resources.map((plain) => ({ plain, ...readAppliedResource(plain) }));
  const resources = read.flatMap((one) => one.resources);
  const unreadable = read.filter(({ problems }) => problems.length > 0);
  const file = readFileResources(applied);
  const { content, warnings, findings, links } = compileContent(applied.base, resources, {
    baseResources: file.resources,
  });
  return {
    revision,
    resources,
    fileResources: file.plain,
    content,
    warnings,
    findings: [...file.findings, ...findings],
    links: [...file.links, ...links],
    unreadable,
    applied,
  };
}

/** The revisions that are kept, the newest first. */
export interface KeptRevisions {
  history: AppliedRevision[];
  /** What is missing of the present one, which then is not among them. @default undefined (nothing is) */
  lost: string | undefined;
}

/** @throws SluiceError `bus_unavailable` */
export async function readKeptRevisions(bus: BusConnection): Promise<KeptRevisions> {
  const { applied: key } = (await readPresentSnapshot(bus)).content;
  const { applied, lost } = await readPresentApplied(bus, typeof key === "string" ? key : undefined);
  return { history: applied.history, lost: lost && `${lost.message} ${waysOut}` };
}

/**
 * What an earlier revision was compiled from, to go back to it.
 * @throws SluiceError `not_found` that names the revisions that are kept
 */
export async function readEarlierRevision(bus: BusConnection, revision: number): Promise<Applied> {
  const { history } = await readKeptRevisions(bus);
  const found = history.find((entry) => entry.revision === revision);
  if (found !== undefined) return await readApplied(bus, found.key);
  const kept = history.map((entry) => entry.revision).join(", ");
  throw new SluiceError("not_found", `Revision ${revision} is not kept. Kept are: ${kept}.`);
}
