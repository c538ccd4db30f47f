import { setTimeout as sleep } from "node:timers/promises";
import { type Dispatcher, request as sendRequest } from "undici";
import { isSlow, type MixedRequest } from "./mixed-requests.ts";
import { endOfPlainReply, endOfStream, type ReplyEnd } from "./reply-end.ts";

/** What a client saw of its request. */
export type Outcome =
  | { type: "answered" }
  /** A clear error. */
  | { type: "failed"; code: string }
  /** It went away itself, as it had meant to. */
  | { type: "left" }
  /** The connection was refused, reset or closed: the client knows that there is no answer, and not why. */
  | { type: "disconnected"; what: string }
  /** It ended, and the client can't tell whether that was the end. */
  | { type: "unclear"; what: string }
  | { type: "hung" };

export interface SendOptions {
  /** Base URL of the gateway. */
  gateway: string;
  dispatcher: Dispatcher;
  /** Milliseconds after which a request without an end counts as one that hangs. */
  hangMs: number;
}

/** Enough of a stream's end to hold its last event. */
const tailChars = 64 * 1024;
/** A client that goes away does so a moment after the first bytes. */
const longestStayMs = 400;
const slow = { bytesPerSecond: 1024, seconds: 6 };

/** Sends a request as its kind of client does, and says what came of it. Never rejects. */
export async function sendMixed(request: MixedRequest, options: SendOptions): Promise<Outcome> {
  const stop = new AbortController();
  let hung = false;
  const hanging = setTimeout(() => {
    hung = true;
    stop.abort();
  }, options.hangMs);
  try {
    const { statusCode, body } = await sendRequest(options.gateway + request.path, {
      method: "POST",
      headers: request.headers,
      body: request.body,
      dispatcher: options.dispatcher,
      signal: stop.signal,
    });
    if (statusCode !== 200 || !request.stream)
      return outcomeOf(endOfPlainReply(statusCode, await body.text()));
    if (isSlow(request.kind)) return await readSlowly(body, request);
    if (request.kind === "leaving") {
      const stay = sleep(Math.random() * longestStayMs).then(() => "left" as const);
      const end = await Promise.race([stay, readTail(body)]);
      if (end === "left") {
        stop.abort();
        return { type: "left" };
      }
      return outcomeOf(endOfStream(request.dialect, end));
    }
    return outcomeOf(endOfStream(request.dialect, await readTail(body)));
  } catch (error) {
    if (hung) return { type: "hung" };
    return { type: "disconnected", what: describe(error) };
  } finally {
    clearTimeout(hanging);
  }
}

type ReplyBody = Dispatcher.ResponseData["body"];

async function readTail(body: ReplyBody): Promise<string> {
  let tail = "";
  body.setEncoding("utf8");
  for await (const text of body) tail = (tail + String(text)).slice(-tailChars);
  return tail;
}

/** Takes a thousand bytes a second, which leaves everything else to wait in the gateway's hands. */
async function readSlowly(body: ReplyBody, request: MixedRequest): Promise<Outcome> {
  let tail = "";
  for (let second = 0; second < slow.seconds; second++) {
    const bytes: Buffer | null = body.read(slow.bytesPerSecond) ?? body.read();
    tail = (tail + (bytes?.toString("utf8") ?? "")).slice(-tailChars);
    if (body.readableEnded) return outcomeOf(endOfStream(request.dialect, tail));
    if (body.errored !== null) throw body.errored;
    await sleep(1000);
  }
  // What undici has to say of a body that is left is what was meant.
  body.once("error", () => undefined).destroy();
  return { type: "left" };
}

function outcomeOf(end: ReplyEnd): Outcome {
  switch (end.type) {
    case "whole":
      return { type: "answered" };
    case "error":
      return { type: "failed", code: end.code };
    case "unclear":
      return end;
  }
}

function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return "code" in cause ? `${String(cause.code)} ${cause.message}` : cause.message;
}
