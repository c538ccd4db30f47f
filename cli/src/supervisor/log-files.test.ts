import { appendFileSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { limitLog, setLogAside } from "./log-files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-logs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a process goes on writing to a log that was set aside for its size", async () => {
  const file = join(folder, "router-1.log");
  const open = openSync(file, "a");
  writeSync(open, "x".repeat(100));
  await limitLog(file, 99);
  writeSync(open, "after");
  closeSync(open);
  expect(readFileSync(`${file}.1`, "utf8")).toBe("x".repeat(100));
  expect(readFileSync(file, "utf8")).toBe("after");
});

test("a log within the limit stays as it is", async () => {
  const file = join(folder, "router-1.log");
  appendFileSync(file, "short");
  await limitLog(file, 100);
  expect(readFileSync(file, "utf8")).toBe("short");
});

test("a new run begins a new log and keeps the last one", async () => {
  const file = join(folder, "router-1.log");
  appendFileSync(file, "last run");
  await setLogAside(file);
  expect(readFileSync(`${file}.1`, "utf8")).toBe("last run");
  await expect(setLogAside(file)).resolves.toBeUndefined();
});
