import { SluiceError } from "@sluice/contracts/sluice-error";

/** An error as a log line holds it. */
export interface LoggedError {
  name: string;
  /** Code of the contracts, or of the system call or library that failed (`ECONNREFUSED`). */
  code?: string;
  message: string;
  /** Frames only; the first lines of a stack repeat the message. */
  stack?: string;
  parameter?: string;
  retryAfterMs?: number;
  cause?: LoggedError;
  /** The parts of an AggregateError. */
  errors?: LoggedError[];
}

const chainLimit = 5;
const aggregateLimit = 5;
const messageLimit = 500;

/**
 * Takes from an error what helps to find it: names, codes, messages, stacks, down the chain of causes.
 * Libraries hang requests, responses and bodies on their errors; nothing but these fields is read.
 */
export function logError(thrown: unknown): LoggedError {
  return describe(thrown, chainLimit);
}

function describe(thrown: unknown, levelsLeft: number): LoggedError {
  if (!(thrown instanceof Error)) return { name: "NotAnError", message: `a thrown ${typeof thrown}` };
  const logged: LoggedError = { name: thrown.name, message: safeMessage(thrown) };
  if ("code" in thrown && typeof thrown.code === "string") logged.code = thrown.code;
  if (thrown instanceof SluiceError) {
    if (thrown.parameter !== undefined) logged.parameter = thrown.parameter;
    if (thrown.retryAfterMs !== undefined) logged.retryAfterMs = thrown.retryAfterMs;
  }
  const stack = framesOf(thrown);
  if (stack !== undefined) logged.stack = stack;
  if (levelsLeft > 0 && thrown.cause !== undefined) logged.cause = describe(thrown.cause, levelsLeft - 1);
  if (levelsLeft > 0 && thrown instanceof AggregateError) {
    logged.errors = thrown.errors.slice(0, aggregateLimit).map((error) => describe(error, levelsLeft - 1));
  }
  return logged;
}

/**
 * V8 quotes the text that it could not parse in the message of a SyntaxError (`Unexpected token 'M', "My card is"...
 * is not valid JSON`), so that message stays out; the frames say where it happened.
 */
function safeMessage(error: Error): string {
  if (error instanceof SyntaxError || error.name === "SyntaxError") return "left out, it may quote the text";
  return error.message.length <= messageLimit ? error.message : `${error.message.slice(0, messageLimit)}…`;
}

function framesOf(error: Error): string | undefined {
  const start = error.stack?.search(/^\s+at /m) ?? -1;
  return start === -1 ? undefined : error.stack?.slice(start).trim();
}
