import { randomBytes } from "node:crypto";
import { replyText } from "../upstream/reply-bytes.ts";

/**
 * A chat completion request of about so many bytes: a short question, and where there is room for more, a document
 * in plain English before it.
 */
export function requestBody(model: string, bytes: number, stream: boolean): Buffer {
  const body = (document: string): string =>
    JSON.stringify({
      model,
      messages: [
        { role: "system", content: "You are a helpful assistant. Answer in one paragraph." },
        { role: "user", content: `${document}What is a message bus good for, and what does it cost?` },
      ],
      temperature: 0.2,
      ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
    });
  const room = bytes - Buffer.byteLength(body(""));
  return Buffer.from(body(room > 0 ? documentOf(room) : ""));
}

/** Where a varied body has its number. */
const question = "What is a message bus";

/**
 * Bodies that differ from each other, and from those of other loads, in the first letters of the question.
 * @param body one of {@link requestBody}
 */
export function variedBodies(body: Buffer): () => Buffer {
  const at = body.indexOf(question);
  let number = 0;
  const load = randomBytes(4).toString("hex");
  return () => {
    const varied = Buffer.from(body);
    varied.write(`${load}-${(number++).toString(36).padStart(8, "0")}`, at, "latin1");
    return varied;
  };
}

/** Numbered paragraphs, so that no two are alike. */
function documentOf(bytes: number): string {
  const paragraphs: string[] = [];
  for (let length = 0; length < bytes; ) {
    const paragraph = `Paragraph ${paragraphs.length + 1}. ${replyText} `;
    paragraphs.push(paragraph);
    length += paragraph.length;
  }
  return paragraphs.join("").slice(0, bytes);
}
