import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Remembers what a step was done for, so that the next run can skip it.
 * @param {string} file Where to keep it; best inside of what the step makes, so that both vanish together.
 * @param {string[]} inputs Whatever the step depends on; when one changes, it is due again.
 */
export function stamp(file, inputs) {
  const hash = createHash("sha256");
  for (const input of inputs) hash.update(`${input.length}:`).update(input);
  const wanted = hash.digest("hex");
  return {
    isCurrent() {
      try {
        return readFileSync(file, "utf8").trim() === wanted;
      } catch {
        return false;
      }
    },
    /** Before the step begins: what a broken-off one leaves must not pass for a finished one. */
    clear() {
      rmSync(file, { force: true });
    },
    set() {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `${wanted}\n`);
    },
  };
}
