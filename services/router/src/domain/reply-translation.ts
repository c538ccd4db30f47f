import type { SluiceError } from "@sluice/contracts/sluice-error";
import type { Usage } from "@sluice/contracts/usage";

/** What a reply told about itself by the time it was over. */
export interface ReplyAccount {
  /** What the provider reported; undefined when it reported none. */
  usage: Usage | undefined;
  /** The reported output tokens are too few: the reply broke off before its final report. */
  usageIsPartial: boolean;
  responseModel: string | undefined;
  /** The id in the reply's body; where the provider sends none in a header, it is the one on its bill. */
  providerReplyId: string | undefined;
  /** The provider said within the stream that it failed. */
  failed: boolean;
  /** Text of the reply, as much of it as was kept. */
  outputText: string;
  /** Characters of the whole text. */
  outputChars: number;
}

/** Turns a provider's streamed reply into the client's, piece by piece. */
export interface StreamTranslation {
  /** Takes bytes cut anywhere and gives those for the client; may be empty. @throws SluiceError */
  push(piece: Uint8Array): Uint8Array;
  /** The provider has closed the stream. @throws SluiceError `provider_stream_cut` when the reply was not at its end */
  finish(): Uint8Array;
  account(): ReplyAccount;
  /** The error that the provider reported within the stream, once it has; what came before it was given. */
  reported(): SluiceError | undefined;
  /** The same, where the client is still to be told: it is not given the provider's own event. */
  failure(): SluiceError | undefined;
}

/** A whole reply for the client. */
export interface PlainTranslation {
  body: Uint8Array;
  account: ReplyAccount;
}

/** How a provider's replies become the client's. */
export interface ReplyTranslation {
  /** @throws SluiceError `provider_invalid_reply` */
  plain(body: Uint8Array): PlainTranslation;
  stream(): StreamTranslation;
}
