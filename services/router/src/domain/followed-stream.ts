import { SluiceError } from "@sluice/contracts/sluice-error";
import type { CanonicalStreamEvent } from "@sluice/dialects/canonical-stream";
import type { Dialect } from "@sluice/dialects/dialect";
import { createSseSplitter, type SseEvent } from "@sluice/dialects/sse-splitter";
import type { ReplyTranslation, StreamTranslation } from "./reply-translation.ts";
import type { StreamSoFar } from "./stream-so-far.ts";

/**
 * Replies that pass through, and whose streams are read on the way, so that another call can go on with one that breaks
 * off. The provider's own error event is kept from the client, who may be answered all the same.
 * @param replies that pass the bytes through
 */
export function followed(replies: ReplyTranslation, provider: Dialect, soFar: StreamSoFar): ReplyTranslation {
  return { ...replies, stream: () => followedStream(replies.stream(), provider, soFar) };
}

function followedStream(inner: StreamTranslation, provider: Dialect, soFar: StreamSoFar): StreamTranslation {
  const splitter = createSseSplitter();
  const reader = provider.createStreamReader();
  let failure: SluiceError | undefined;
  let isRead = true;

  /** What the client's own kind of reply holds besides is the client's to judge; it is not gone on with. */
  const read = ({ event, data }: SseEvent): CanonicalStreamEvent[] => {
    if (data === undefined || !isRead) return [];
    try {
      return reader.push({ event, data });
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      isRead = false;
      soFar.giveUp();
      return [];
    }
  };
  const take = (events: readonly SseEvent[]): Uint8Array[] => {
    const shown: Uint8Array[] = [];
    for (const event of events) {
      const told = read(event);
      const bytes = inner.push(event.raw);
      failure = inner.reported();
      if (failure !== undefined) break;
      for (const each of told) soFar.follow(each);
      shown.push(bytes);
    }
    return shown;
  };

  return {
    push: (piece) => Buffer.concat(take(splitter.push(piece))),
    finish: () => {
      const end = splitter.finish();
      const shown = take(end.events);
      return Buffer.concat([...shown, inner.finish()]);
    },
    reported: () => failure,
    failure: () => failure,
    account: () => inner.account(),
  };
}
