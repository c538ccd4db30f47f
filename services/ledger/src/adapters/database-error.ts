/**
 * SQLSTATE classes that speak of the values themselves: data exception, integrity constraint violation, and limits
 * of the program, such as a text that is too long for its index.
 */
const dataErrorClasses = ["22", "23", "54"];

/**
 * Whether the database refused what was written, so that trying again can't help. Everything else (no
 * connection, a server that is shutting down, a full disk) may be better later.
 */
export function isDataError(error: unknown): boolean {
  if (error instanceof RangeError) return true;
  const code = sqlState(error);
  return code !== undefined && dataErrorClasses.includes(code.slice(0, 2));
}

/** SQLSTATE classes that pass: connection, resources, operator's intervention, the system's own errors. */
const passingClasses = ["08", "53", "57", "58"];

/** What the driver throws without a code when a connection is lost or can't be had in time. */
const connectionWords = /connection|timeout|not queryable|closed|ended/i;

/** Whether the database can't be reached or can't serve at the moment, so that the same may work later. */
export function isUnavailable(error: unknown): boolean {
  const code = sqlState(error);
  if (code !== undefined) return passingClasses.includes(code.slice(0, 2));
  if (!(error instanceof Error)) return false;
  // Network errors of the system: ECONNREFUSED, ECONNRESET, ENOTFOUND, …
  if ("syscall" in error || ("errors" in error && error instanceof AggregateError)) return true;
  return error.constructor === Error && connectionWords.test(error.message);
}

/**
 * Whether an error may be the fault of what was to be written: the database refused the values, or our own code
 * broke on them. What else the database says (no connection, no disk, no rights, a deadlock) is not.
 */
export function mayBeFaultOfEvent(error: unknown): boolean {
  return isDataError(error) || (!isUnavailable(error) && sqlState(error) === undefined);
}

/** The five characters that say what went wrong, of both drivers. */
export function sqlState(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;
}
