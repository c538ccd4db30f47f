/** SQLSTATE classes that speak of the values themselves: data exception, integrity constraint violation. */
const dataErrorClasses = ["22", "23"];

/**
 * Whether the database refused what was written, so that trying again can't help. Everything else (no
 * connection, a server that is shutting down, a full disk) may be better later.
 */
export function isDataError(error: unknown): boolean {
  if (error instanceof RangeError) return true;
  const code = sqlState(error);
  return code !== undefined && dataErrorClasses.includes(code.slice(0, 2));
}

/** The five characters that say what went wrong, of both drivers. */
function sqlState(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;
}
