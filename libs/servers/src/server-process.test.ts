import { fork } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { isAlive } from "./process-alive.ts";

test("servers end by themselves when the process that started them is killed with SIGKILL", async () => {
  const parent = fork(fileURLToPath(new URL("./testing/start-all-servers.ts", import.meta.url)));
  const [started] = (await once(parent, "message")) as [{ pids: number[]; folders: string[] }];
  expect(started.pids.map(isAlive)).toEqual([true, true, true]);

  parent.kill("SIGKILL");
  await once(parent, "exit");
  await vi.waitFor(() => expect(started.pids.map(isAlive)).toEqual([false, false, false]), {
    timeout: 10_000,
  });
  for (const folder of started.folders) await rm(folder, { recursive: true, force: true });
});
