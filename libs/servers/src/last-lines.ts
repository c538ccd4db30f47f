import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const tailBytes = 4096;

/** The last lines of a text file that are not empty; none when the file cannot be read. */
export function lastLines(path: string, count: number): string[] {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const size = fstatSync(file).size;
    const bytes = Buffer.alloc(Math.min(tailBytes, size));
    readSync(file, bytes, 0, bytes.length, size - bytes.length);
    return bytes
      .toString("utf8")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "")
      .slice(-count);
  } catch {
    return [];
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
