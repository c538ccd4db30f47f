import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { readFileIfThere, writePrivateFile } from "../supervisor/private-file.ts";

/** Letters and digits enough that nobody guesses them. */
export function newPassword(): string {
  return randomBytes(24).toString("hex");
}

/** A secret that is made once: what the file has, else a new one, which it has from then on. */
export function keptSecret(file: string, make: () => string): string {
  const kept = readFileIfThere(file)?.trim();
  if (kept !== undefined && kept !== "") return kept;
  const secret = make();
  writeSecret(file, secret);
  return secret;
}

/** Writes a file that only its owner may read, and its folder. */
export function writeSecret(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writePrivateFile(file, text.endsWith("\n") ? text : `${text}\n`);
}
