import type { Envelope } from "@sluice/contracts/envelope";
import type { HeadFrame } from "@sluice/contracts/frames";
import { isXmlType, type TextualForm } from "./body-form.ts";

/** How a reply has to be read: as a stream with its framing, or as a whole. */
export type ReplyForm =
  | { type: "stream"; framing: Envelope["streamFraming"] }
  | { type: "whole"; form: TextualForm }
  /** In an encoding or format that cannot be looked into. */
  | { type: "opaque" };

/** Tells the form of a reply by its head. */
export function replyFormOf(
  head: HeadFrame,
  envelope: Pick<Envelope, "stream" | "streamFraming">,
): ReplyForm {
  const encoding = head.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") return { type: "opaque" };
  const mediaType =
    (head.headers["content-type"] ?? "application/json").split(";")[0]?.trim().toLowerCase() ?? "";
  if (mediaType === "text/event-stream") return { type: "stream", framing: "sse" };
  const isJson = mediaType === "application/json" || mediaType.endsWith("+json");
  const succeeded = head.status < 300;
  if (isJson && succeeded && envelope.stream && envelope.streamFraming === "json-array") {
    return { type: "stream", framing: "json-array" };
  }
  if (isJson) return { type: "whole", form: "json" };
  if (isXmlType(mediaType)) return { type: "whole", form: "xml" };
  if (mediaType.startsWith("text/")) return { type: "whole", form: "text" };
  return { type: "opaque" };
}

/** The head for a body whose length is not what it was. */
export function withoutLength(head: HeadFrame): HeadFrame {
  const { "content-length": _length, ...headers } = head.headers;
  return { ...head, headers };
}
