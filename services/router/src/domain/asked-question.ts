import type { DialectName } from "@sluice/contracts/dialect-name";
import { isObject } from "@sluice/dialects/is-object";

/** A longer question is not embedded: models take some 8,000 tokens, and what is long is seldom asked twice. */
const maxQuestionChars = 16_000;

/** What may be said in other words, and all that may not. */
export interface AskedQuestion {
  /** The texts of the last user messages, a line each. */
  text: string;
  /** The request with those texts left out: system prompt, earlier turns, parameters, and the form of the question. */
  rest: object;
}

/**
 * Parts a request into its question, which are the messages of the user after the last of the model, and the rest.
 * @param request the client's body, read
 * @returns undefined where there is none, where it is long, or where it is not of text alone
 */
export function askedQuestion(dialect: DialectName, request: object): AskedQuestion | undefined {
  const { list, parts } = dialect === "gemini" ? geminiFields : messageFields;
  const messages: unknown = (request as Record<string, unknown>)[list];
  if (!Array.isArray(messages)) return undefined;
  const begin = messages.findLastIndex((message) => !isOfUser(message)) + 1;
  const texts: string[] = [];
  const kept: unknown[] = messages.slice(0, begin);
  for (const message of messages.slice(begin)) {
    const content = isObject(message) ? withoutText((message as Record<string, unknown>)[parts]) : undefined;
    if (content === undefined) return undefined;
    texts.push(...content.texts);
    kept.push({ ...message, [parts]: content.rest });
  }
  const text = texts.join("\n").trim();
  if (text === "" || text.length > maxQuestionChars) return undefined;
  return { text, rest: { ...request, [list]: kept } };
}

/** Where a dialect has its messages, and a message what it says. */
const messageFields = { list: "messages", parts: "content" } as const;
const geminiFields = { list: "contents", parts: "parts" } as const;

function isOfUser(message: unknown): boolean {
  if (!isObject(message)) return false;
  const { role } = message as { role?: unknown };
  return role === "user" || role === undefined;
}

/** @returns undefined for what is not of texts alone */
function withoutText(content: unknown): { texts: string[]; rest: unknown } | undefined {
  if (typeof content === "string") return { texts: [content], rest: "" };
  if (!Array.isArray(content)) return undefined;
  const texts: string[] = [];
  const rest: unknown[] = [];
  for (const part of content) {
    const text = textOfPart(part);
    if (text === undefined) return undefined;
    texts.push(text);
    rest.push({ ...part, text: "" });
  }
  return { texts, rest };
}

function textOfPart(part: unknown): string | undefined {
  if (!isObject(part)) return undefined;
  const { type, text } = part as { type?: unknown; text?: unknown };
  return typeof text === "string" && (type === "text" || type === undefined) ? text : undefined;
}

/** A whole number or a decimal, with what groups its digits: 1,000.50, 3/4, 2026-11-27, 10:30. */
const numberPattern = /\p{Nd}+(?:[.,:/-]\p{Nd}+)*/gu;

/** The numbers that a text has, in the order of their digits: vectors hardly tell 30 days from 60. */
export function numbersIn(text: string): string[] {
  return (text.match(numberPattern) ?? []).toSorted();
}
