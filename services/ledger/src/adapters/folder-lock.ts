import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import { SluiceError } from "@sluice/contracts/sluice-error";

export interface FolderLock {
  release(): void;
}

/** A predecessor that is being stopped may take some seconds. */
const defaultWaitMs = 10_000;
const pollMs = 100;

/**
 * Makes this process the only one that uses a folder. The lock is a file with the holder's process id, start time and
 * thread; the lock of a process that is gone is taken over, so a crash leaves nothing to clean up. So is that of
 * another thread of this process: there the ledger's thread begins when the one before has ended.
 *
 * @param waitMs How long to wait for the holder to go. @default 10000
 * @throws SluiceError `internal` when another process still holds it
 */
export async function lockFolder(folder: string, waitMs: number = defaultWaitMs): Promise<FolderLock> {
  const path = join(folder, "lock");
  const own = `${identityOf(process.pid) ?? `${process.pid} `} ${threadId}`;
  const giveUpAtMs = performance.now() + waitMs;
  while (!tryCreate(path, own)) {
    const holder = readHolder(path);
    if (holder === undefined) continue;
    if (!isAlive(holder)) {
      rmSync(path, { force: true });
    } else if (performance.now() > giveUpAtMs) {
      throw new SluiceError("internal", "Another process has the ledger's data folder open.", {
        cause: new Error(`${folder} is held by process ${holder.split(" ")[0]}; PGlite lets one process in`),
      });
    } else {
      await sleep(pollMs);
    }
  }
  return { release: () => rmSync(path, { force: true }) };
}

/** Made whole beside its place and then linked there: nobody ever reads a lock that is half written. */
function tryCreate(path: string, content: string): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function readHolder(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function isAlive(holder: string): boolean {
  const pid = Number.parseInt(holder, 10);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  const current = identityOf(pid);
  if (current === undefined) return false;
  const [, startTime = "", thread] = holder.split(" ");
  if (startTime !== "" && current !== `${pid} ${startTime}`) return false;
  return pid !== process.pid || thread === undefined || Number(thread) === threadId;
}

/** Process id and, where the system tells it, start time: ids are used again, the two together are not. */
function identityOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return undefined;
  }
  try {
    // Field 22 of proc(5) stat; the second field is in brackets and may hold blanks.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ");
    return `${pid} ${fields?.[19] ?? ""}`;
  } catch {
    return `${pid} `;
  }
}
