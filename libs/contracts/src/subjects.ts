import type { Instance, ServiceName } from "./service-name.ts";

/** Version of everything that crosses the bus: subjects, envelope, frames, events. */
export const busVersion = "v1";
const root = `sluice.${busVersion}`;

/** The operations of the pipeline: each is a subject with a queue group named as its service. */
export const pipelineSubjects = {
  auth: `${root}.auth.check`,
  guard: `${root}.guard.inspect`,
  router: `${root}.router.route`,
} as const;

/** A service that a request can be passed on to. */
export type PipelineService = keyof typeof pipelineSubjects;

/** Where an instance reads the reply frames of the requests it waits for. */
export function framesSubject(service: ServiceName, instance: Instance): string {
  return `${root}.${service}.${instance}.frames`;
}

/** Where an instance reads what is said to it about requests it holds: proceed, credit, cancel. */
export function controlSubject(service: ServiceName, instance: Instance): string {
  return `${root}.${service}.${instance}.control`;
}

/**
 * Reply subject of a message to the next step. Only the server writes to it, to say that nobody listens
 * ("no responders"). Its tokens say which request failed to be delivered, so a step needs no memory of it.
 */
export function unreachableSubject(
  service: ServiceName,
  instance: Instance,
  next: PipelineService,
  requestId: string,
): string {
  return `${root}.${service}.${instance}.unreachable.${next}.${requestId}`;
}

/** Wildcard over all {@link unreachableSubject} of an instance. */
export function unreachableWildcard(service: ServiceName, instance: Instance): string {
  return `${root}.${service}.${instance}.unreachable.*.*`;
}

/** Durable events. `usage` carries {@link import("./usage-event.ts").UsageEvent} batches. */
export const eventSubjects = {
  usage: `${root}.events.usage`,
  decision: `${root}.events.decision`,
} as const;
export type EventKind = keyof typeof eventSubjects;

/** JetStream stream that keeps all events; the ledger's durable consumer reads it. */
export const eventStream = { name: "SLUICE_EVENTS", subjects: `${root}.events.>` } as const;

/** Durable consumer name of the ledger on {@link eventStream}. */
export const ledgerConsumer = "ledger";

/** JetStream key-value buckets. */
export const buckets = {
  /** The compiled configuration, one key: {@link snapshotKey}. */
  configuration: "sluice_configuration",
  /** Virtual keys by their id; values hold hashes only. */
  virtualKeys: "sluice_virtual_keys",
} as const;
export const snapshotKey = "snapshot";

/** JetStream object store for bodies that are too large for a message (claim check). */
export const claimBucket = "sluice_claims";
