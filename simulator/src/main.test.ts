import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, expect, test } from "vitest";

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function start(environment: Record<string, string> = {}): ChildProcess {
  const child = fork(new URL("./main.ts", import.meta.url), {
    env: { ...process.env, ...environment },
    silent: true,
  });
  children.push(child);
  return child;
}

test("the process says where it listens, and ends on SIGTERM", async () => {
  const child = start();
  const [ready] = await once(child, "message");
  expect(ready).toMatchObject({
    type: "ready",
    service: "simulator",
    instance: expect.stringMatching(/^simulator-\w{8,32}$/),
  });
  const response = await fetch(`${ready.url}/v1/models`, { headers: { authorization: "Bearer test-key" } });
  expect(response.status).toBe(200);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("the process ends when its supervisor is gone", async () => {
  const child = start();
  await once(child, "message");
  child.disconnect();
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("a port that is taken and one that is none are said in one line", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const taken = typeof address === "object" && address !== null ? String(address.port) : "";
  for (const port of [taken, "many"]) {
    const child = start({ SLUICE_SIMULATOR_PORT: port });
    const errors: Buffer[] = [];
    child.stderr?.on("data", (data: Buffer) => errors.push(data));
    expect(await once(child, "close")).toEqual([1, null]);
    expect(Buffer.concat(errors).toString()).toMatch(/^The simulator cannot/);
  }
  server.close();
});
