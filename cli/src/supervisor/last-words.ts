import { lastLines } from "@sluice/servers/last-lines";
import { z } from "zod";

const logLineSchema = z.object({ msg: z.string() });

/** Enough for the stack of an exception that nobody caught, which Node prints above its own version. */
const linesLookedAt = 20;

/**
 * What a process said last, in one sentence, and where all of it is: its log has JSON lines where it got as far as
 * making a logger, and plain text where it did not.
 */
export function lastWords(logFile: string): string {
  const lines = lastLines(logFile, linesLookedAt);
  const line = lines.findLast(isTelling) ?? lines.at(-1) ?? "";
  if (line === "") return `it said nothing (${logFile}).`;
  return `${(messageOf(line) ?? line).replace(/[.\s]+$/, "")} (${logFile}).`;
}

function isTelling(line: string): boolean {
  return messageOf(line) !== undefined || /^(\w*Error\b|The )/.test(line);
}

function messageOf(line: string): string | undefined {
  try {
    return logLineSchema.parse(JSON.parse(line)).msg;
  } catch {
    return undefined;
  }
}
