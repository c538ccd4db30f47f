import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Dialect, StreamFraming } from "@sluice/dialects/dialect";
import { createStreamFramer } from "@sluice/dialects/gemini/stream-framing";
import { createSseSplitter, type SseEvent } from "@sluice/dialects/sse-splitter";
import { parseProviderJson } from "./provider-json.ts";
import { noText, textOfForeignReply } from "./reply-text.ts";
import type { ReplyAccount, ReplyTranslation, StreamTranslation } from "./reply-translation.ts";

export interface PassThroughOptions {
  dialect: Dialect;
  /** Leave out the chunk that is only there because Sluice asked for usage and the client did not. */
  hideUsage: boolean;
  /** How the client wants the pieces of a stream set apart; the provider sends Server-Sent Events. */
  framing: StreamFraming;
}

const noBytes = new Uint8Array(0);

/** Same dialect in and out: the provider's bytes are the client's. Usage is read from them in passing. */
export function passThrough(options: PassThroughOptions): ReplyTranslation {
  const { dialect } = options;
  return {
    plain: (body) => {
      const json = parseProviderJson(body);
      const report = dialect.readUsageFromReply(json);
      // The text is looked at only where the provider leaves the counting to us.
      const isCounted = report.usage === undefined || report.usageIsPartial === true;
      const account: ReplyAccount = {
        usage: report.usage,
        usageIsPartial: report.usageIsPartial ?? false,
        responseModel: report.responseModel,
        providerReplyId: report.providerRequestId,
        failed: false,
        ...(isCounted ? textOfForeignReply(dialect, json) : noText),
      };
      return { body, account };
    },
    stream: () => passThroughStream(options),
  };
}

function passThroughStream({ dialect, hideUsage, framing }: PassThroughOptions): StreamTranslation {
  const splitter = createSseSplitter();
  const reader = dialect.createUsageReader();
  const framer = framing === "sse" ? undefined : createStreamFramer(framing);
  /** Every byte is the client's, so that none needs to be looked at before it goes on. */
  const asItIs = !hideUsage && framer === undefined;

  /** Reads events; gives the bytes of those that the client may see, where that is to be told apart. */
  const take = (events: SseEvent[]): Uint8Array[] => {
    const shown: Uint8Array[] = [];
    for (const { event, data, raw } of events) {
      const hidden = hideUsage && data !== undefined && dialect.isUsageOnlyChunk(data);
      if (data !== undefined) reader.push({ event, data });
      if (hidden) continue;
      if (framer === undefined) shown.push(raw);
      else if (data !== undefined) shown.push(Buffer.from(framer.piece(data)));
    }
    return shown;
  };

  return {
    push: (piece) => {
      const shown = take(splitter.push(piece));
      return asItIs ? piece : joined(shown);
    },
    finish: () => {
      const end = splitter.finish();
      const shown = take(end.events);
      const { complete, error } = reader.result();
      if (end.cut || (!complete && error === undefined)) {
        throw new SluiceError("provider_stream_cut", "The provider broke off its reply.");
      }
      if (framer !== undefined) shown.push(Buffer.from(framer.end()));
      return asItIs ? noBytes : joined(shown);
    },
    // The client has the provider's own error event already.
    failure: () => undefined,
    account: () => {
      const result = reader.result();
      return {
        usage: result.usage,
        usageIsPartial: result.usageIsPartial ?? false,
        responseModel: result.responseModel,
        providerReplyId: result.providerRequestId,
        failed: result.error !== undefined,
        outputText: reader.outputText(),
        outputChars: reader.outputChars(),
      };
    },
  };
}

function joined(pieces: Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (only === undefined) return noBytes;
  return pieces.length === 1 ? only : Buffer.concat(pieces);
}
