import { type JetStreamManager, NatsError, type StoredMsg } from "nats";

/** JetStream's error code for a message that is not there. */
export const noMessageFound = 10037;

/** The first message of a subject (NATS wildcards) from a position on, or the last one of a subject. */
export type MessageQuery = { seq: number; next_by_subj: string } | { last_by_subj: string };

/**
 * A message of a stream as its leader has it: any other server may not have heard of it yet.
 * @returns undefined when there is none
 * @throws the client's error when the stream does not answer
 */
export async function findMessage(
  manager: JetStreamManager,
  stream: string,
  query: MessageQuery,
): Promise<StoredMsg | undefined> {
  try {
    return (await manager.streams.getMessage(stream, query)) ?? undefined;
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.err_code === noMessageFound) return undefined;
    throw error;
  }
}
