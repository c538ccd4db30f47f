import { copyFile, rename, stat, truncate } from "node:fs/promises";

/** A log that has grown past this is set aside as `<file>.1`, over the one that was set aside before. */
export const mostLogBytes = 64 * 1024 * 1024;
export const logCheckIntervalMs = 10_000;

/** Sets the log of the run before aside, so that a new run begins a new one. */
export async function setLogAside(file: string): Promise<void> {
  await ignoreMissing(rename(file, `${file}.1`));
}

/**
 * Keeps the logs of running processes from filling the disk. A process goes on writing to the file it has open, so
 * the file is copied and emptied, not renamed; a line that is written between the two is lost.
 *
 * @param files Asked for each time.
 * @returns Stops it.
 */
export function limitLogs(
  files: () => readonly string[],
  mostBytes = mostLogBytes,
  intervalMs = logCheckIntervalMs,
): () => void {
  const timer = setInterval(() => {
    for (const file of files()) void limitLog(file, mostBytes);
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Sets one log aside if it has grown past the limit. Never rejects: a log must not end what it reports on. */
export async function limitLog(file: string, mostBytes: number): Promise<void> {
  try {
    if ((await stat(file)).size <= mostBytes) return;
    await copyFile(file, `${file}.1`);
  } catch {
    // Without room for a copy the log still must not grow on.
  }
  await ignoreMissing(truncateIfLarge(file, mostBytes)).catch(() => undefined);
}

async function truncateIfLarge(file: string, mostBytes: number): Promise<void> {
  if ((await stat(file)).size > mostBytes) await truncate(file);
}

async function ignoreMissing(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
