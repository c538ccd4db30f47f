import type { ClientDialect } from "../support/raw-request.ts";

/** How a reply ended, judged by its bytes as its SDK would judge it. */
export type ReplyEnd =
  | { type: "whole" }
  /** Sluice's own error, or the provider's; `code` is its name in the dialect. */
  | { type: "error"; code: string }
  /** Neither: the client can't know what became of its request. */
  | { type: "unclear"; what: string };

interface ErrorBody {
  error?: {
    code?: string | number | null;
    type?: string;
    status?: string;
    details?: { reason?: string }[];
  };
}

/** Judges a reply that is not a stream. */
export function endOfPlainReply(status: number, text: string): ReplyEnd {
  let body: ErrorBody;
  try {
    body = JSON.parse(text) as ErrorBody;
  } catch {
    return { type: "unclear", what: `status ${status} with a body that is not JSON` };
  }
  const code = codeOf(body);
  if (status >= 400) {
    return code === undefined
      ? { type: "unclear", what: `status ${status} without an error` }
      : { type: "error", code };
  }
  return code === undefined ? { type: "whole" } : { type: "unclear", what: `status ${status} with an error` };
}

/** Judges a stream by its end. @param tail the last of it, from the start of an event on at the latest */
export function endOfStream(dialect: ClientDialect, tail: string): ReplyEnd {
  const events = tail.trimEnd().split(/\r?\n\r?\n/);
  const last = events.at(-1) ?? "";
  const data = /^data: ?(.*)$/m.exec(last)?.[1] ?? "";
  if (dialect === "openai" && data === "[DONE]") return { type: "whole" };
  let body: unknown;
  try {
    body = JSON.parse(data);
  } catch {
    return { type: "unclear", what: `a stream that ends with ${JSON.stringify(last.slice(-60))}` };
  }
  const code = codeOf(body as ErrorBody);
  if (code !== undefined) return { type: "error", code };
  const isWhole =
    (dialect === "anthropic" && data.includes('"message_stop"')) ||
    (dialect === "gemini" && data.includes('"finishReason"'));
  return isWhole ? { type: "whole" } : { type: "unclear", what: "a stream that stops in the middle" };
}

/** Sluice's code in the words of the dialect; for Gemini it is in the details. */
function codeOf({ error }: ErrorBody): string | undefined {
  if (error === undefined || error === null) return undefined;
  const reason = error.details?.find((detail) => detail.reason !== undefined)?.reason;
  return reason?.toLowerCase() ?? String(error.code ?? error.type ?? error.status ?? "without a name");
}
