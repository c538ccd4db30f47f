import { isDeepStrictEqual } from "node:util";
import type { BusConnection } from "@sluice/bus/bus";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { OperatorSealingKeys } from "@sluice/sealing/sealing-keys";
import {
  type Applied,
  type AppliedRevision,
  deleteApplied,
  sweepApplied,
  writeApplied,
} from "./applied-store.ts";
import { compileContent } from "./compile-content.ts";
import { ConfigurationError, type ConfigurationProblem } from "./configuration-problem.ts";
import { markedAsOfFile } from "./configuration-source.ts";
import { defaultNamespace } from "./kinds/metadata.ts";
import { auditedOf, readPresentApplied, refuseToBuildOn } from "./present-applied.ts";
import {
  isPublished,
  type PresentSnapshot,
  type PublishedSnapshot,
  publishSnapshot,
  readPresentSnapshot,
} from "./publish-snapshot.ts";
import { readFileResources } from "./read-file-resources.ts";
import { readAppliedResource } from "./read-resources.ts";
import { describeResource, isOfKind, type PlainResource, qualifiedName, type Resource } from "./resource.ts";
import { type ResourceChange, resourceChanges } from "./resource-changes.ts";
import { nextStates } from "./resource-states.ts";
import { sealSecrets } from "./seal-secrets.ts";
import { type BaseContent, baseContentSchema, type SnapshotContent } from "./snapshot.ts";
import type { DeclaredVirtualKey } from "./virtual-key.ts";
import { openVirtualKeyStore } from "./virtual-key-store.ts";
import { writeChangeEvent } from "./write-change-event.ts";

/** What is to be different in the next revision. */
export interface ConfigurationChange {
  /** A `sluice.yaml` in place of the last one, or none where it is undefined. @default that one stays */
  base?: BaseContent | undefined;
  /** The resources that this `sluice.yaml` stands for, to be shown. @default none */
  baseResources?: readonly Pick<Resource, "plain">[];
  /** Virtual keys that this `sluice.yaml` declares. @default those of before stay */
  keys?: readonly DeclaredVirtualKey[];
  /** Resources that are added, or come in place of those of their kind and name. @default none */
  resources?: readonly Resource[];
  /** Takes away all resources that are not among these. @default false */
  prune?: boolean;
  /** Kinds and names, as `describeResource` writes them, that are taken away. @default none */
  remove?: readonly string[];
  /** Who wants it. */
  by: string;
  /** `user@host` where it is wanted, for the audit. @default `by` */
  origin?: string | undefined;
  /** In a few words, for the history. */
  change: string;
  /** Why it is wanted, for the audit. @default nothing is said */
  reason?: string | undefined;
}

export interface ApplyOptions {
  /** Seals Secrets. @default undefined: a change with Secrets is refused */
  keys?: OperatorSealingKeys | undefined;
  /** Does everything but publish. @default false */
  dryRun?: boolean;
}

export interface AppliedChange extends PublishedSnapshot {
  changes: ResourceChange[];
  /** What was taken as it is and does not do what it says. */
  warnings: ConfigurationProblem[];
  /**
   * False when the event stream has not taken the audit of the change. It is kept, and the next change writes it
   * before anything else, or is refused.
   */
  audited: boolean;
}

/**
 * Makes a change of the configuration the revision that all services work by, as a whole or not at all. Its audit is
 * kept with it; one that an earlier change has left unwritten is written first.
 * Where what the present revision was compiled from can't be read, it must say everything: all resources, and the
 * configuration file where there was one.
 * @throws ConfigurationError with every problem at once; SluiceError `invalid_request` when somebody else has changed
 *   it in the same moment, `not_found` when it would build on what can't be read, `ledger_unavailable` when the audit of an earlier change can't be written, `bus_unavailable`
 */
export async function applyChange(
  bus: BusConnection,
  change: ConfigurationChange,
  options: ApplyOptions = {},
): Promise<AppliedChange> {
  const present = await readPresentSnapshot(bus);
  const key = present.content.applied;
  const { applied: before, lost } = await readPresentApplied(bus, typeof key === "string" ? key : undefined);
  if (lost !== undefined) refuseToBuildOn(lost, change);
  if (options.dryRun !== true)
    await writeEarlierAudit(bus, lost === undefined ? before : await auditedOf(bus, lost));
  const readBefore = before.resources.map((plain) => ({ plain, ...readAppliedResource(plain) }));
  const resourcesBefore = readBefore.flatMap((read) => read.resources);
  const secrets = new Map(
    resourcesBefore.flatMap((resource) =>
      isOfKind(resource, "Secret") ? [[qualifiedName(resource.metadata), resource]] : [],
    ),
  );
  const sealed = await sealSecrets(change.resources ?? [], {
    keys: options.keys,
    before: (name) => secrets.get(name),
    among: merged(resourcesBefore, change.resources ?? [], change),
  });
  const resources = merged(resourcesBefore, sealed.resources, change);
  const base = "base" in change ? change.base : (before.base ?? publishedBase(present));
  const baseResources =
    "base" in change
      ? markedAsOfFile((change.baseResources ?? []).map(({ plain }) => plain))
      : before.baseResources;
  const file = readFileResources({ baseResources });
  refuseRemovalFromFile(change, file.resources);
  const compiled = compileContent(base, resources, { baseResources: file.resources });
  const problems = [
    ...readBefore
      .filter((read) => read.problems.length > 0 && isKept(read.plain, change))
      .flatMap((read) => read.problems),
    ...unsealedProblems(change, options),
    ...sealed.problems,
    ...compiled.problems,
  ];
  if (problems.length > 0) throw new ConfigurationError(problems);

  const next: Applied = {
    ...(base === undefined ? {} : { base }),
    ...(baseResources === undefined || baseResources.length === 0 ? {} : { baseResources }),
    keys: [...(change.keys ?? before.keys)],
    resources: resources.map(({ plain }) => plain),
    history: before.history,
    states: before.states,
  };
  const changes = resourceChanges(resourcesBefore, resources);
  const result = { changes, warnings: compiled.warnings, audited: true };
  if (options.dryRun === true) return { ...result, revision: present.revision, changed: false };
  // Through JSON, as it is kept: what is undefined has no key there.
  const isSame = isDeepStrictEqual(JSON.parse(JSON.stringify(meaningOf(next))), meaningOf(before));
  if (
    lost === undefined &&
    isSame &&
    typeof key === "string" &&
    isPublished({ ...compiled.content, applied: key }, present)
  ) {
    // Whoever published it may have died before the keys were what it says.
    if (change.keys !== undefined) await keepDeclaredKeys(bus, next.keys);
    return { ...result, revision: present.revision, changed: false };
  }
  const about: Omit<AppliedRevision, "key"> = {
    revision: present.revision + 1,
    atMs: Date.now(),
    by: change.by,
    change: change.change,
    ...(change.origin === undefined ? {} : { origin: change.origin }),
    ...(change.reason === undefined ? {} : { reason: change.reason }),
  };
  const fileBefore = readFileResources(before);
  const findingsBefore = compileContent(before.base, resourcesBefore, {
    baseResources: fileBefore.resources,
  }).findings;
  const states = nextStates(
    { states: before.states, findings: [...fileBefore.findings, ...findingsBefore] },
    [...resourceChanges(fileBefore.resources, file.resources), ...changes],
    [...file.findings, ...compiled.findings],
    about,
  );
  const published = await publishApplied(bus, { ...next, states }, about, compiled.content, present);
  if (change.keys !== undefined) await keepDeclaredKeys(bus, next.keys);
  return { ...result, ...published };
}

async function keepDeclaredKeys(bus: BusConnection, keys: readonly DeclaredVirtualKey[]): Promise<void> {
  await (await openVirtualKeyStore(bus)).keepDeclared(keys);
}

/** No change is made on top of one that the audit does not know. */
async function writeEarlierAudit(bus: BusConnection, before: Applied | undefined): Promise<void> {
  if (before === undefined) return;
  try {
    await writeChangeEvent(bus, before);
  } catch (cause) {
    if (!(cause instanceof SluiceError) || cause.code !== "ledger_unavailable") throw cause;
    const text = `The audit of revision ${before.history[0]?.revision} could not be written, so nothing is changed: the event stream does not take it.`;
    throw new SluiceError("ledger_unavailable", text, { cause });
  }
}

async function publishApplied(
  bus: BusConnection,
  next: Applied,
  about: Omit<AppliedRevision, "key">,
  content: SnapshotContent,
  present: PresentSnapshot,
): Promise<PublishedSnapshot & Pick<AppliedChange, "audited">> {
  const { key, kept, written } = await writeApplied(bus, next, about);
  let published: PublishedSnapshot;
  try {
    published = await publishSnapshot(bus, { ...content, applied: key }, present);
  } catch (error) {
    // Only where it is sure that no snapshot names it.
    if (error instanceof SluiceError && error.code === "invalid_request") await deleteApplied(bus, written);
    throw error;
  }
  const audited = await isAudited(bus, kept);
  await sweep(bus, kept);
  return { ...published, audited };
}

/** The change is made by now, and what is left lying the next one takes away. */
async function sweep(bus: BusConnection, { history }: Applied): Promise<void> {
  try {
    await sweepApplied(bus, history);
  } catch (error) {
    bus.logger.warn({ err: error }, "what nobody needs any more is taken away by the next change");
  }
}

/** The change is made by now: that its audit must wait is told, and no reason to fail. */
async function isAudited(bus: BusConnection, kept: Applied): Promise<boolean> {
  try {
    await writeChangeEvent(bus, kept);
    return true;
  } catch (error) {
    bus.logger.warn({ err: error }, "the audit of a change is written by the next one");
    return false;
  }
}

/** What a configuration file made of a snapshot that was published without what it was compiled from. */
function publishedBase({ content }: PresentSnapshot): BaseContent | undefined {
  return typeof content.applied === "string" ? undefined : baseContentSchema.strip().safeParse(content).data;
}

/** Whether a resource that was applied before is one of the next revision, too. */
function isKept(
  { kind, metadata }: PlainResource,
  { prune = false, remove = [], resources = [] }: ConfigurationChange,
): boolean {
  const { name: own, namespace = defaultNamespace } = metadata;
  const name = describeResource({ kind, metadata: { name: own, namespace, labels: {} } });
  const isReplaced = resources.some((resource) => describeResource(resource) === name);
  return !prune && !remove.includes(name) && !isReplaced;
}

/** @throws SluiceError `invalid_request` where something is to go that the configuration file says */
function refuseRemovalFromFile({ remove = [] }: ConfigurationChange, file: readonly Resource[]): void {
  const found = file.map(describeResource).find((name) => remove.includes(name));
  if (found === undefined) return;
  const text = `${found} comes from the configuration file (sluice.yaml) and is changed only there: take it out of the file, and apply that.`;
  throw new SluiceError("invalid_request", text);
}

/** Values of Secrets that can't be sealed, because there is nothing to seal them with. */
function unsealedProblems(
  { resources = [] }: ConfigurationChange,
  { keys, dryRun = false }: ApplyOptions,
): ConfigurationProblem[] {
  if (keys !== undefined || dryRun) return [];
  return resources.flatMap((resource) => {
    if (!isOfKind(resource, "Secret")) return [];
    const { data = {}, stringData = {} } = resource.spec;
    if (Object.keys({ ...data, ...stringData }).length === 0) return [];
    const text = `${describeResource(resource)}: there is no key to seal its values with`;
    return [resource.place.problemAtText(resource.metadata.name, text)];
  });
}

/** What it says, without when and by whom. */
function meaningOf({ history: _history, states: _states, ...rest }: Applied): object {
  return rest;
}

/** In the order in which they came first; those in place of others stand where these stood. */
function merged(
  before: readonly Resource[],
  added: readonly Resource[],
  { prune = false, remove = [] }: ConfigurationChange,
): Resource[] {
  const next = new Map(prune ? [] : before.map((resource) => [describeResource(resource), resource]));
  for (const resource of added) next.set(describeResource(resource), resource);
  for (const name of remove) next.delete(name);
  return [...next.values()];
}
