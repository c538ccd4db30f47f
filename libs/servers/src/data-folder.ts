import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export type DataFolder = {
  path: string;
  /** Deletes the folder when it is a temporary one; leaves a given one alone. */
  discard(): void;
};

/** Makes the folder that was asked for, or a temporary one, readable by its owner only. */
export function openDataFolder(path: string | undefined, name: string): DataFolder {
  if (path !== undefined) {
    const folder = resolve(path);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    return { path: folder, discard() {} };
  }
  const folder = mkdtempSync(join(tmpdir(), `sluice-${name}-`));
  return { path: folder, discard: () => rmSync(folder, { recursive: true, force: true }) };
}
