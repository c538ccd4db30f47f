import type { Dispatcher } from "undici";

/** What is sent again and again. */
export interface ExchangeRequest {
  dispatcher: Dispatcher;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
  isStream: boolean;
}

export interface Exchange {
  /** Undefined when it was answered 2xx and whole. */
  failure: string | undefined;
  /** `performance.now()` of the first piece of text of a stream. */
  firstTokenAtMs: number | undefined;
}

const lastEvent = Buffer.from("data: [DONE]");
/** A delta that says something; the first one of many providers says nothing yet. */
const someText = /"content": ?"[^"]/;
/** The end of a stream is looked for in so many bytes, more than its last event with the space behind it. */
const tailBytes = 64;

/** Sends a request and calls back when its answer is there. */
export function exchange(request: ExchangeRequest, onEnd: (exchange: Exchange) => void): void {
  const { dispatcher, path, headers, body, isStream } = request;
  let status = 0;
  let bytes = 0;
  let tail: Buffer = Buffer.alloc(0);
  let firstTokenAtMs: number | undefined;
  dispatcher.dispatch(
    { path, method: "POST", headers, body },
    {
      // undici wants it, though there is nothing to do.
      onRequestStart() {},
      onResponseStart(_, statusCode) {
        status = statusCode;
      },
      onResponseData(_, piece) {
        bytes += piece.length;
        if (!isStream) return;
        if (firstTokenAtMs === undefined && someText.test(piece.toString("latin1"))) {
          firstTokenAtMs = performance.now();
        }
        tail = piece.length >= tailBytes ? piece : Buffer.concat([tail.subarray(-tailBytes), piece]);
      },
      onResponseEnd() {
        const isWhole = isStream ? tail.subarray(-tailBytes).includes(lastEvent) : bytes > 0;
        const failure =
          status < 200 || status > 299 ? `status ${status}` : isWhole ? undefined : "a reply without its end";
        onEnd({ failure, firstTokenAtMs });
      },
      onResponseError(_, error) {
        onEnd({ failure: error.message, firstTokenAtMs });
      },
    },
  );
}
