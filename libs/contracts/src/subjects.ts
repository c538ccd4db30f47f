import type { Party } from "./party.ts";
import { serviceNameSchema } from "./service-name.ts";

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

/** Where routers tell each other which targets fail; payload: {@link import("./breaker-change.ts").BreakerChange}. */
export const breakerSubject = `${root}.breakers`;

/**
 * Where the ledger is asked for questions that mean the same and told of new ones; see
 * {@link import("./similar-reply.ts")}. Only `find` is answered.
 */
export const similaritySubjects = {
  find: `${root}.similarity.find`,
  remember: `${root}.similarity.remember`,
  forget: `${root}.similarity.forget`,
} as const;

/** Where an instance reads the answers to what it asked; the last token says which question it was. */
export function similarityReplySubject(asker: Party, question: string): string {
  return `${root}.${asker.service}.${asker.instance}.similarity.${question}`;
}

/**
 * Where the operator asks for replies to be given no more; one router answers for all. Payload:
 * {@link import("./cache-invalidation.ts").CacheInvalidation}.
 */
export const cacheInvalidationSubject = `${root}.cache.invalidate`;

/** Where an instance answers that it is alive; every service has it. */
export function healthSubject(party: Party): string {
  return `${root}.${party.service}.${party.instance}.health`;
}

/** Where the frames of one delivery of one request go. */
export interface ReplyAddress {
  reader: Party;
  delivery: number;
  requestId: string;
}

/** Where an instance reads the reply frames of the requests it waits for. */
export function framesSubject(reader: Party): string {
  return `${root}.${reader.service}.${reader.instance}.frames`;
}

/** Where an instance reads what is said to it about requests it holds: proceed, credit, cancel. */
export function controlSubject(holder: Party): string {
  return `${root}.${holder.service}.${holder.instance}.control`;
}

/**
 * Reply subject of a message to the next step. Only the server writes to it, to say that nobody listens
 * ("no responders"). Its tokens say whose request it was, so a step needs no memory of what it passed on.
 */
export function unreachableSubject(sender: Party, next: PipelineService, address: ReplyAddress): string {
  return `${root}.${sender.service}.${sender.instance}.unreachable.${next}.${replyTokens(address)}`;
}

/** Wildcard over all {@link unreachableSubject} of an instance. */
export function unreachableWildcard(sender: Party): string {
  return `${root}.${sender.service}.${sender.instance}.unreachable.*.*.*.*.*`;
}

/** Takes an {@link unreachableSubject} apart; undefined for any other subject. */
export function parseUnreachableSubject(
  subject: string,
): { next: PipelineService; address: ReplyAddress } | undefined {
  const tokens = subject.split(".");
  const next = tokens[5];
  const service = serviceNameSchema.safeParse(tokens[6]);
  const [instance, delivery, requestId] = [tokens[7], Number(tokens[8]), tokens[9]];
  if (tokens[4] !== "unreachable" || next === undefined || !(next in pipelineSubjects)) return undefined;
  if (!service.success || instance === undefined || requestId === undefined) return undefined;
  return {
    next: next as PipelineService,
    address: { reader: { service: service.data, instance }, delivery, requestId },
  };
}

/**
 * Reply subject of frames that open a reply or keep it alive. It tells the reader whom to grant credit, and
 * the server writes "no responders" to it when the reader is gone, and with it all that it read.
 */
export function unreadSubject(writer: Party, reader: Party): string {
  return `${root}.${writer.service}.${writer.instance}.unread.${reader.service}.${reader.instance}`;
}

/** Wildcard over all {@link unreadSubject} of an instance. */
export function unreadWildcard(writer: Party): string {
  return `${root}.${writer.service}.${writer.instance}.unread.*.*`;
}

/** Takes an {@link unreadSubject} apart; undefined for any other subject. */
export function parseUnreadSubject(subject: string): { writer: Party; reader: Party } | undefined {
  const [, , service, instance, kind, readerService, readerInstance, more] = subject.split(".");
  const writerName = serviceNameSchema.safeParse(service);
  const readerName = serviceNameSchema.safeParse(readerService);
  if (kind !== "unread" || !writerName.success || !readerName.success) return undefined;
  if (instance === undefined || readerInstance === undefined || more !== undefined) return undefined;
  return {
    writer: { service: writerName.data, instance },
    reader: { service: readerName.data, instance: readerInstance },
  };
}

/**
 * Reply subject of a question to a writer that has been silent for a while. Only the server writes to it, to say
 * that the process is gone ("no responders"); one that lives has its say in frames.
 */
export function unwrittenSubject({ reader, delivery, requestId }: ReplyAddress, writer: Party): string {
  const asked = `${writer.service}.${writer.instance}`;
  return `${root}.${reader.service}.${reader.instance}.unwritten.${asked}.${delivery}.${requestId}`;
}

/** Wildcard over all {@link unwrittenSubject} of an instance. */
export function unwrittenWildcard(reader: Party): string {
  return `${root}.${reader.service}.${reader.instance}.unwritten.*.*.*.*`;
}

/** Takes an {@link unwrittenSubject} apart; undefined for any other subject. */
export function parseUnwrittenSubject(
  subject: string,
): { writer: Party; delivery: number; requestId: string } | undefined {
  const [, , , , kind, service, instance, delivery, requestId] = subject.split(".");
  const name = serviceNameSchema.safeParse(service);
  if (kind !== "unwritten" || !name.success || instance === undefined || requestId === undefined)
    return undefined;
  return { writer: { service: name.data, instance }, delivery: Number(delivery), requestId };
}

function replyTokens({ reader, delivery, requestId }: ReplyAddress): string {
  return `${reader.service}.${reader.instance}.${delivery}.${requestId}`;
}

/**
 * Durable events. `usage` carries {@link import("./usage-event.ts").UsageEvent} batches, `decision` those of decisions,
 * `feedback` those of clients' feedback.
 */
export const eventSubjects = {
  usage: `${root}.events.usage`,
  decision: `${root}.events.decision`,
  feedback: `${root}.events.feedback`,
} as const;
export type EventKind = keyof typeof eventSubjects;

/**
 * Durable events of changes of the configuration, which the operator alone publishes:
 * {@link import("./change-event.ts").ChangeEvent} batches.
 */
export const changeSubject = `${root}.events.change`;

/** JetStream stream that keeps all events; the ledger's durable consumer reads it. */
export const eventStream = {
  name: "SLUICE_EVENTS",
  subjects: `${root}.events.>`,
  /** Empty messages at the stream's head, which no reader of events sees. */
  ballastSubject: `${root}.ballast`,
} as const;

/**
 * JetStream stream of the events that can't be booked; each has a subject of its own, by its digest, and is there
 * once however often it is met. Payload: {@link import("./dead-letter.ts").DeadLetter}.
 */
export const deadLetterStream = {
  name: "SLUICE_DEAD_LETTERS",
  subjects: `${root}.dead_letters.*`,
  subjectOf: (digest: string): string => `${root}.dead_letters.${digest}`,
} as const;

/** Durable consumer name of the ledger on {@link eventStream}. */
export const ledgerConsumer = "ledger";

/** JetStream key-value buckets. */
export const buckets = {
  /** The compiled configuration, one key: {@link snapshotKey}. */
  configuration: "sluice_configuration",
  /** Virtual keys by their id; values hold hashes only. */
  virtualKeys: "sluice_virtual_keys",
  /** What the configuration was compiled from, for the operator alone: a key for each revision. */
  applied: "sluice_applied",
} as const;
export const snapshotKey = "snapshot";

/** JetStream object store for bodies that are too large for a message (claim check). */
export const claimBucket = "sluice_claims";
