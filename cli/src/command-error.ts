/** A command can't do its work. The message is one line that says what is wrong and how to mend it. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}
