import type { DeadLetter } from "@sluice/contracts/dead-letter";
import { z } from "zod";
import { pageParameters } from "./query-parameters.ts";

/** Parameters of `GET /v1/dead-letters`. */
export const deadLettersQuerySchema = z.strictObject(pageParameters);

/** An event that can't be booked, as the API shows it. */
export const deadLetterViewSchema = z.object({
  digest: z
    .string()
    .describe("SHA-256 over subject and event: the same event again is the same dead letter."),
  subject: z.string().describe("Subject that the event came on."),
  reason: z.string().describe("What is wrong with it."),
  streamSequence: z.int().describe("Its position in the event stream."),
  publishedAt: z.iso.datetime().describe("When the event stream took it."),
  encoding: z
    .enum(["json", "base64"])
    .describe("How `data` is written: base64 where it is not JSON in UTF-8."),
  data: z.string().describe("The event itself, as text."),
});
export type DeadLetterView = z.infer<typeof deadLetterViewSchema>;

export const deadLettersPageSchema = z.object({
  rows: z.array(deadLetterViewSchema),
  next: z.string().nullable().describe("Cursor of the page after this one; null on the last page."),
});

/** Columns of the CSV form, in their order. */
export const deadLetterColumns = Object.keys(deadLetterViewSchema.shape);

/** Shows a dead letter, its event as text where it is one. */
export function viewDeadLetter(letter: DeadLetter): DeadLetterView {
  const { digest, subject, reason, streamSequence, publishedAtMs } = letter;
  const json = jsonIn(letter.data);
  return {
    digest,
    subject,
    reason,
    streamSequence,
    publishedAt: new Date(publishedAtMs).toISOString(),
    ...(json === undefined
      ? { encoding: "base64" as const, data: letter.data }
      : { encoding: "json" as const, data: json }),
  };
}

/** The text of an event where it is JSON in UTF-8. */
function jsonIn(base64: string): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(base64, "base64"));
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}
