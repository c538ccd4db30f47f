import type { Envelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { CanonicalChatRequest } from "@sluice/dialects/canonical-request";
import type { CanonicalStreamEvent } from "@sluice/dialects/canonical-stream";
import type { Dialect, ReplyFacts, StreamWriter } from "@sluice/dialects/dialect";
import { getDialect } from "@sluice/dialects/dialects";
import { replyFactsOf } from "./translate.ts";

/** A reply of which more has gone out is not gone on with: it would have to be sent as a prompt. */
const maxTextChars = 512 * 1024;

/**
 * A streamed reply as far as the client has it, so that another call can go on with it: its text, and the writer of the
 * client's dialect in the state in which it stopped.
 */
export class StreamSoFar implements StreamWriter {
  readonly request: CanonicalChatRequest;
  readonly #client: Dialect;
  #facts: ReplyFacts;
  #writer: StreamWriter | undefined;
  #text = "";
  /** There was something that another call could not go on with. */
  #hasOther = false;
  /** Something was taken that has not gone out. */
  #unsent = false;

  constructor(request: CanonicalChatRequest, client: Dialect, facts: ReplyFacts) {
    this.request = request;
    this.#client = client;
    this.#facts = facts;
  }

  get text(): string {
    return this.#text;
  }

  /** Whether another call can go on: there was nothing but text, the client has all of it, and it was not at its end. */
  get canGoOn(): boolean {
    return !this.#hasOther && !this.#unsent && this.#text.length <= maxTextChars;
  }

  /** There is more to it than can be told. */
  giveUp(): void {
    this.#hasOther = true;
  }

  /** What was taken has gone out. */
  sent(): void {
    this.#unsent = false;
  }

  write(event: CanonicalStreamEvent): string {
    this.#take(event);
    return this.#ownWriter.write(event);
  }

  end(): string {
    this.giveUp();
    return this.#ownWriter.end();
  }

  /** Takes a piece of a reply that goes to the client as it came: what goes on with it, goes on under its name. */
  follow(event: CanonicalStreamEvent): void {
    if (event.type === "start" && this.#writer === undefined) {
      const { id, model, createdAtMs } = event;
      this.#facts = {
        ...this.#facts,
        replyId: id ?? this.#facts.replyId,
        model: model ?? this.#facts.model,
        createdAtMs: createdAtMs ?? this.#facts.createdAtMs,
      };
    }
    this.write(event);
  }

  #take(event: CanonicalStreamEvent): void {
    this.#unsent = true;
    if (event.type === "text" && event.candidate === 0) this.#text += event.text;
    else if (event.type !== "start" && event.type !== "usage") this.giveUp();
  }

  get #ownWriter(): StreamWriter {
    this.#writer ??= this.#client.createStreamWriter(this.#facts);
    return this.#writer;
  }
}

/**
 * What a request must be for another call to go on with its reply: a streamed chat of which nothing but one text can
 * come, in no form that a seam could break.
 * @returns undefined for any other, and for one that passes through but can't be read
 */
export function requestToGoOnWith(envelope: Envelope, body: string): CanonicalChatRequest | undefined {
  if (envelope.operation !== "chat" || !envelope.stream) return undefined;
  try {
    const request = getDialect(envelope.dialect).readChatRequest(JSON.parse(body), envelope);
    const { tools, responseFormat, candidateCount, logprobs, continuesAssistant } = request;
    const isOneText = tools.length === 0 && responseFormat === undefined && candidateCount === 1;
    return isOneText && logprobs === undefined && !continuesAssistant ? request : undefined;
  } catch (error) {
    if (error instanceof SluiceError) return undefined;
    throw error;
  }
}

/** Nothing of the reply has come yet. */
export function newStream(envelope: Envelope, request: CanonicalChatRequest): StreamSoFar {
  return new StreamSoFar(request, getDialect(envelope.dialect), replyFactsOf(envelope, request));
}
