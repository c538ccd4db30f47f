import { randomBytes } from "node:crypto";

const processPart = randomBytes(6).toString("hex");
let counter = 0;

/** An id that no other call of any simulator has: `<prefix><process><number>`. */
export function uniqueId(prefix: string): string {
  counter += 1;
  return prefix + processPart + counter.toString(36).padStart(8, "0");
}
