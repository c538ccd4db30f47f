/**
 * Shows a step while it runs and how long it took. Written to standard error, so that what a command itself prints
 * stays clean.
 *
 * @template Result
 * @param {string} title What is being done, as `Installing packages`.
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function step(title, work) {
  const startedAt = performance.now();
  process.stderr.write(`set-up: ${title} ... `);
  try {
    const result = await work();
    process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    process.stderr.write("failed\n");
    throw error;
  }
}

/** @param {string} text One line, for what takes no time or has no end of its own. */
export function note(text) {
  process.stderr.write(`set-up: ${text}\n`);
}
