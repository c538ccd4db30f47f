import { converse } from "./text-conversation.ts";

/** Resolves when the PostgreSQL on a port of loopback takes connections now. @throws when it does not */
export async function greetPostgres(port: number): Promise<void> {
  // The answer to a start-up message is `R` (authentication) when it takes connections, `E` (error) before.
  const answer = await converse(port, startupMessage(), (text) => text.length > 0);
  if (!answer.startsWith("R")) throw new Error("PostgreSQL is still starting.");
}

/** Protocol 3.0 start-up message: length, version, then pairs of NUL-ended strings and a last NUL. */
function startupMessage(): string {
  const body = "\0\x03\0\0user\0postgres\0database\0postgres\0\0";
  return `\0\0\0${String.fromCharCode(body.length + 4)}${body}`;
}
