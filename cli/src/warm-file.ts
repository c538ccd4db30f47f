import { z } from "zod";
import { CommandError } from "./command-error.ts";

/** A request as a file has it that is to be sent before others ask it. */
export interface WarmRequest {
  /** In the file, from 1. */
  line: number;
  path: string;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

const bodySchema = z.record(z.string(), z.unknown());
const wholeSchema = z.strictObject({
  path: z.string().startsWith("/"),
  headers: z.record(z.string(), z.string()).default({}),
  body: bodySchema,
});

/**
 * Reads requests, a line of JSON each: the body of a chat or of embeddings as OpenAI's, or
 * `{"path": "/v1/messages", "headers": {…}, "body": {…}}`.
 * @throws CommandError that names the line
 */
export function readWarmRequests(text: string): WarmRequest[] {
  return text.split("\n").flatMap((line, index) => (line.trim() === "" ? [] : [readLine(line, index + 1)]));
}

function readLine(text: string, line: number): WarmRequest {
  const value = parsed(text, line);
  if ("path" in value || "body" in value) {
    const whole = wholeSchema.safeParse(value);
    if (whole.success) return { line, ...whole.data };
    const [issue] = whole.error.issues;
    throw new CommandError(
      `Line ${line}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "is not valid"}.`,
    );
  }
  if ("messages" in value) return { line, path: "/v1/chat/completions", headers: {}, body: value };
  if ("input" in value) return { line, path: "/v1/embeddings", headers: {}, body: value };
  throw new CommandError(
    `Line ${line}: neither messages nor input: name where the request goes, as {"path": "/v1/messages", "body": {…}}.`,
  );
}

function parsed(text: string, line: number): Record<string, unknown> {
  try {
    return bodySchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new CommandError(`Line ${line}: must be a JSON object, all of it in one line.`, { cause });
  }
}
