import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockFolder } from "./folder-lock.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a folder lets one holder in, and the next one after it", async () => {
  const first = await lockFolder(folder);
  await expect(lockFolder(folder, 0)).rejects.toThrow("Another process has the ledger's data folder open.");
  const waiting = lockFolder(folder);
  first.release();
  (await waiting).release();
});

test("the lock of a process that is gone is taken over", async () => {
  const child = spawn(process.execPath, ["--eval", ""]);
  await once(child, "exit");
  writeFileSync(join(folder, "lock"), `${child.pid} 12345`);
  (await lockFolder(folder, 0)).release();
});

test("the lock of a process whose id was given to another one is taken over", async () => {
  writeFileSync(join(folder, "lock"), `${process.pid} 1`);
  (await lockFolder(folder, 0)).release();
});

test("the lock of a thread of this process that has ended is taken over", async () => {
  const lock = await lockFolder(folder);
  const content = readFileSync(join(folder, "lock"), "utf8");
  lock.release();
  writeFileSync(
    join(folder, "lock"),
    content.replace(/\d+$/, (thread) => String(Number(thread) + 1)),
  );
  (await lockFolder(folder, 0)).release();
});
