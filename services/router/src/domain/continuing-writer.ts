import type { CanonicalStreamEvent } from "@sluice/dialects/canonical-stream";
import type { StreamWriter } from "@sluice/dialects/dialect";

export interface ContinuingOptions {
  /** White space at the end of what the client has that the model was not shown, and may write once more. */
  left: string;
  /** What stands before the first piece. */
  comment: string;
}

/**
 * Writes the reply of a call that goes on with a stream: there is one beginning, and the thoughts before the rest of a
 * text are no part of it.
 * @param stream as the call before left it
 */
export function continuingWriter(stream: StreamWriter, { left, comment }: ContinuingOptions): StreamWriter {
  let repeated = left;
  let before = comment;
  const withComment = (text: string): string => {
    if (text === "") return "";
    const whole = before + text;
    before = "";
    return whole;
  };
  /** The text without what the client has already. */
  const unrepeated = (text: string): string => {
    let same = 0;
    while (same < repeated.length && text[same] === repeated[same]) same++;
    // What is like it to its end may go on in the next piece; what differs is the model's own.
    repeated = same === text.length ? repeated.slice(same) : "";
    return text.slice(same);
  };
  return {
    write(event: CanonicalStreamEvent) {
      switch (event.type) {
        case "start":
        case "thinking":
        case "thinking-signature":
        case "redacted-thinking":
        case "logprobs":
          return "";
        case "text": {
          const text = unrepeated(event.text);
          return text === "" ? "" : withComment(stream.write({ ...event, text }));
        }
        default:
          return withComment(stream.write(event));
      }
    },
    end: () => withComment(stream.end()),
  };
}
