import { lastLines } from "@sluice/servers/last-lines";
import { z } from "zod";

const logLineSchema = z.object({ msg: z.string() });

/**
 * What a process said last, in one sentence, and where all of it is: its log has JSON lines where it got as far as
 * making a logger, and plain text where it did not.
 */
export function lastWords(logFile: string): string {
  const line = lastLines(logFile, 1);
  if (line === "") return `it said nothing (${logFile}).`;
  return `${messageOf(line).replace(/[.\s]+$/, "")} (${logFile}).`;
}

function messageOf(line: string): string {
  try {
    return logLineSchema.parse(JSON.parse(line)).msg;
  } catch {
    return line;
  }
}
