import type { AppliedConfiguration } from "./applied-configuration.ts";
import { problemInResource } from "./configuration-problem.ts";
import { defaultNamespace } from "./kinds/metadata.ts";
import { describeResource, type PlainResource } from "./resource.ts";
import type { ResourceFinding } from "./resource-findings.ts";
import { servicesOfKind } from "./services-of-kind.ts";

/** Whether something holds of a resource, in the words of Kubernetes and, where they fit, of the Gateway API. */
export interface Condition {
  /**
   * Accepted: it is valid and has its place. ResolvedRefs: what it refers to is there. Programmed: every running
   * instance of the services that it concerns works by a revision that has it.
   */
  type: "Accepted" | "ResolvedRefs" | "Programmed";
  status: "True" | "False";
  /** One word. */
  reason: string;
  message: string;
  /** Newest revision that this is said of; of Programmed the oldest one that an instance works by. */
  observedRevision: number;
  /** Since when it is so, ISO 8601. @default undefined where that is not known */
  lastTransitionTime?: string;
}

/** An instance of a service, as far as conditions depend on it. */
export interface RunningInstance {
  /** `sluice-` and the name of its service. */
  name: string;
  instance: string;
  /** Revision that it works by; undefined while it has none. */
  revision: number | undefined;
  /** What it wants to be known. */
  notices: readonly string[];
}

/** What conditions are made of: what was compiled, and what the instances say. */
export type ConditionFacts = Pick<AppliedConfiguration, "revision" | "findings" | "unreadable" | "applied">;

/** The conditions of a resource: Accepted, ResolvedRefs, Programmed. */
export function conditionsOf(
  plain: PlainResource,
  facts: ConditionFacts,
  instances: readonly RunningInstance[],
): Condition[] {
  const name = nameOfPlain(plain);
  const state = facts.applied.states[name];
  const unreadable = facts.unreadable.find((other) => nameOfPlain(other.plain) === name);
  const accepted: Condition =
    unreadable === undefined
      ? judged(facts, name, "Accepted", "It is valid.", state?.acceptedSinceMs)
      : {
          type: "Accepted",
          status: "False",
          reason: "Invalid",
          message: unreadable.problems.map(problemInResource).join("; "),
          observedRevision: facts.revision,
        };
  const resolved = judged(
    facts,
    name,
    "ResolvedRefs",
    "All that it refers to is there.",
    state?.resolvedSinceMs,
  );
  const since = state?.revision ?? facts.revision;
  const programmed =
    unreadable === undefined
      ? programmedBy(plain, facts.revision, since, instances)
      : notProgrammed("Invalid", "No service works by it.", facts.revision);
  return [accepted, resolved, programmed];
}

/** Whether all conditions hold. */
export function isReady(conditions: readonly Condition[]): boolean {
  return conditions.every(({ status }) => status === "True");
}

/** As `describeResource` names a resource that was read. */
export function nameOfPlain({ kind, metadata }: PlainResource): string {
  const { name, namespace = defaultNamespace } = metadata;
  return describeResource({ kind, metadata: { name, namespace, labels: {} } });
}

function judged(
  { findings, revision }: ConditionFacts,
  resource: string,
  type: ResourceFinding["condition"],
  good: string,
  sinceMs: number | undefined,
): Condition {
  const own = findings.filter((finding) => finding.resource === resource && finding.condition === type);
  const [first] = own;
  const messages = [...new Set(own.map(({ message }) => message))];
  return {
    type,
    ...(first === undefined
      ? { status: "True" as const, reason: type, message: good }
      : { status: "False" as const, reason: first.reason, message: messages.join("; ") }),
    observedRevision: revision,
    ...(sinceMs === undefined ? {} : { lastTransitionTime: new Date(sinceMs).toISOString() }),
  };
}

function programmedBy(
  plain: PlainResource,
  present: number,
  since: number,
  instances: readonly RunningInstance[],
): Condition {
  const services = servicesOfKind(plain.kind);
  const concerned = instances.filter(({ name }) => services.some((service) => name === `sluice-${service}`));
  const idle = services.filter((service) => !concerned.some(({ name }) => name === `sluice-${service}`));
  const behind = concerned.filter(({ revision = 0 }) => revision < since);
  const observed = Math.min(present, ...concerned.map(({ revision = 0 }) => revision));
  if (behind.length > 0) {
    const words = behind.map(({ instance, revision }) => `${instance} works by ${revisionText(revision)}`);
    return notProgrammed("Pending", `It is in revision ${since}, and ${words.join(", ")}.`, observed);
  }
  if (idle.length > 0) {
    return notProgrammed("Pending", `No instance is running of: ${idle.join(", ")}.`, observed);
  }
  const closed = plain.kind === "VirtualGateway" ? closedPorts(plain, concerned) : [];
  if (closed.length > 0) return notProgrammed("PortUnavailable", closed.join("; "), observed);
  const counted = concerned.length === 1 ? "1 instance works" : `${concerned.length} instances work`;
  return {
    type: "Programmed",
    status: "True",
    reason: "Programmed",
    message: `${counted} by it (${services.join(", ")}).`,
    observedRevision: observed,
  };
}

/** What instances say of ports of a gateway that they can't listen on. */
function closedPorts({ metadata }: PlainResource, instances: readonly RunningInstance[]): string[] {
  const { name, namespace = defaultNamespace } = metadata;
  const gateway = namespace === defaultNamespace ? name : `${namespace}/${name}`;
  return instances.flatMap(({ instance, notices }) =>
    notices
      .filter((notice) => notice.includes(` of the gateway ${gateway} can't be listened on`))
      .map((notice) => `${instance}: ${notice}`),
  );
}

function revisionText(revision: number | undefined): string {
  return revision === undefined ? "none yet" : `revision ${revision}`;
}

function notProgrammed(reason: string, message: string, observedRevision: number): Condition {
  return { type: "Programmed", status: "False", reason, message, observedRevision };
}
