import { readFileSync, statSync } from "node:fs";

/** The secret in a file, without white space at its ends. @throws when it can't be read */
export function readSecretFile(fileName: string): string {
  return readFileSync(fileName, "utf8").trim();
}

/** What keeps a file from being taken for a secret, in words that follow the name of a variable. */
export function faultOfSecretFile(fileName: string): string | undefined {
  const readableByAll = 0o004;
  try {
    const { mode } = statSync(fileName);
    if ((mode & readableByAll) !== 0) return "names a file that everybody may read; give it mode 0600";
    return readSecretFile(fileName) === "" ? "names a file that is empty" : undefined;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    return `names a file that can't be read (${code})`;
  }
}
