import { type Command, InvalidArgumentError } from "commander";

/** Adds the options by which somebody says who they are, and why they change something. */
export function withChangeNotes(command: Command): Command {
  return command
    .option("--as <name>", "who makes the change (default: the user of this computer)", nameValue)
    .option("-m, --message <text>", "why it is made, for the audit");
}

function nameValue(value: string): string {
  if (/^[^\p{Cc}]{1,200}$/u.test(value)) return value;
  throw new InvalidArgumentError("It is a name of at most 200 characters.");
}
