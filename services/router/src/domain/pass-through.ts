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
  /** Bytes of an event that is not whole yet. They wait: half an event is none, should the rest never come. */
  let heldBytes = 0;

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
      const events = splitter.push(piece);
      const wereHeld = heldBytes;
      heldBytes += piece.length - events.reduce((sum, { raw }) => sum + raw.length, 0);
      const shown = take(events);
      // Whole events of which the client sees all go on in the piece that they came in.
      const unchanged = framer === undefined && shown.length === events.length;
      return unchanged && wereHeld === 0 && heldBytes === 0 ? piece : joined(shown);
    },
    finish: () => {
      const end = splitter.finish();
      const shown = take(end.events);
      const { complete, error } = reader.result();
      if (end.cut || (!complete && error === undefined)) {
        throw new SluiceError("provider_stream_cut", "The provider broke off its reply.");
      }
      if (framer !== undefined) shown.push(Buffer.from(framer.end()));
      return joined(shown);
    },
    reported: () => reader.result().error,
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
