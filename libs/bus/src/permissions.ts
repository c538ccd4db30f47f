import type { BusUser, ServiceName } from "@sluice/contracts/service-name";
import {
  breakerSubject,
  buckets,
  busVersion,
  cacheInvalidationSubject,
  claimBucket,
  deadLetterStream,
  eventStream,
  eventSubjects,
  ledgerConsumer,
  pipelineSubjects,
  similaritySubjects,
} from "@sluice/contracts/subjects";

/** What a user of the bus may publish to and subscribe to; NATS wildcards. */
export interface BusPermissions {
  publish: string[];
  subscribe: string[];
}

const root = `sluice.${busVersion}`;

/** Inboxes are apart by user, so that none can read what is meant for another. */
export function inboxPrefix(user: BusUser): string {
  return `_INBOX_${user}`;
}

/** Inboxes of those who may ask the services for their statistics; `_INBOX` is what the nats tool uses. */
const discoveryInboxes = ["_INBOX_operator.>", "_INBOX.>"];

/**
 * Least rights of a user, as the server's configuration takes them. `allow_responses` is left alone: with it
 * the server remembers the reply subject of every request that passes.
 */
export function busPermissions(user: BusUser): BusPermissions {
  if (user === "operator") {
    return {
      publish: [`${root}.>`, "$JS.API.>", "$KV.>", "$O.>", "$SRV.>"],
      subscribe: [`${inboxPrefix(user)}.>`],
    };
  }
  const { publish, subscribe } = user === "compact" ? compactRights() : serviceRights(user);
  return {
    publish: ["$JS.API.INFO", ...discoveryInboxes, ...publish],
    subscribe: [`${inboxPrefix(user)}.>`, "$SRV.>", ...subscribe],
  };
}

function serviceRights(service: ServiceName): BusPermissions {
  const { publish, subscribe } = rightsOf[service];
  const ownSubjects = ["frames", "control", "unreachable.>", "unread.>", "unwritten.>", "health"].map(
    (kind) => `${root}.${service}.*.${kind}`,
  );
  return { publish, subscribe: [...ownSubjects, ...subscribe] };
}

/** The ledger has a connection of its own: its database keeps a thread busy. */
const compactServices: readonly ServiceName[] = ["ingress", "auth", "guard", "router"];

/** What the services of one process need of the bus: requests and replies do not cross it. */
function compactRights(): BusPermissions {
  return {
    publish: [
      ...Object.values(eventSubjects),
      // Other processes of the kind may call the same providers.
      breakerSubject,
      ...Object.values(similaritySubjects),
      ...readBucket(buckets.configuration),
      ...readBucket(buckets.virtualKeys),
    ],
    subscribe: [
      breakerSubject,
      cacheInvalidationSubject,
      similarityReplies,
      ...compactServices.map((service) => `${root}.${service}.*.health`),
    ],
  };
}

const control = `${root}.*.*.control`;
const frames = `${root}.*.*.frames`;
/** What the ledger answers routers. */
const similarityReplies = `${root}.router.*.similarity.*`;

const rightsOf: Record<ServiceName, BusPermissions> = {
  ingress: {
    publish: [
      pipelineSubjects.auth,
      control,
      `${root}.ingress.*.frames`,
      ...readBucket(buckets.configuration),
      ...useObjectStore(claimBucket),
    ],
    subscribe: [],
  },
  auth: {
    publish: [
      pipelineSubjects.guard,
      pipelineSubjects.router,
      control,
      frames,
      // What passes without the guard, and what clients say of replies.
      eventSubjects.decision,
      eventSubjects.feedback,
      ...readBucket(buckets.configuration),
      ...readBucket(buckets.virtualKeys),
    ],
    subscribe: [pipelineSubjects.auth],
  },
  guard: {
    publish: [
      pipelineSubjects.router,
      control,
      frames,
      eventSubjects.decision,
      ...readBucket(buckets.configuration),
      ...useObjectStore(claimBucket),
    ],
    subscribe: [pipelineSubjects.guard],
  },
  router: {
    publish: [
      // The steps of workflows are requests of its own.
      pipelineSubjects.guard,
      pipelineSubjects.router,
      control,
      frames,
      eventSubjects.usage,
      eventSubjects.decision,
      breakerSubject,
      ...Object.values(similaritySubjects),
      ...readBucket(buckets.configuration),
      ...useObjectStore(claimBucket),
    ],
    subscribe: [pipelineSubjects.router, breakerSubject, cacheInvalidationSubject, similarityReplies],
  },
  ledger: {
    publish: [
      // What a statement says of calls.
      eventSubjects.usage,
      deadLetterStream.subjects,
      ...readStream(deadLetterStream.name),
      // The consumer of its own, and others that read the stream again from its start.
      ...readStream(eventStream.name),
      `$JS.API.CONSUMER.MSG.NEXT.${eventStream.name}.>`,
      `$JS.ACK.${eventStream.name}.${ledgerConsumer}.>`,
      similarityReplies,
    ],
    subscribe: [...Object.values(similaritySubjects)],
  },
};

/** Reading and watching a key-value bucket. */
function readBucket(bucket: string): string[] {
  return readStream(`KV_${bucket}`);
}

function useObjectStore(bucket: string): string[] {
  const stream = `OBJ_${bucket}`;
  return ["$JS.API.STREAM.NAMES", ...readStream(stream), `$JS.API.STREAM.PURGE.${stream}`, `$O.${bucket}.>`];
}

function readStream(stream: string): string[] {
  return [
    `$JS.API.STREAM.INFO.${stream}`,
    `$JS.API.STREAM.MSG.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}.>`,
    `$JS.API.CONSUMER.CREATE.${stream}`,
    `$JS.API.CONSUMER.CREATE.${stream}.>`,
    `$JS.API.CONSUMER.DELETE.${stream}.>`,
    `$JS.API.CONSUMER.INFO.${stream}.>`,
    `$JS.FC.${stream}.>`,
  ];
}
