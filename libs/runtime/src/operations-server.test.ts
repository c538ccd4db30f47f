import { afterEach, beforeEach, expect, test } from "vitest";
import { type OperationsServer, startOperationsServer } from "./operations-server.ts";

let server: OperationsServer;
let missing: string[];
let render: () => Promise<string>;

beforeEach(async () => {
  missing = [];
  render = () => Promise.resolve("up 1\n");
  server = await startOperationsServer({
    host: "127.0.0.1",
    port: 0,
    metrics: { render: () => render() },
    notReadyBecause: () => missing,
  });
});

afterEach(() => server.close());

test("it is ready when nothing is missing, and says what is", async () => {
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  missing = ["bus", "snapshot"];
  const response = await fetch(`${server.url}/readyz?verbose`);
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({ status: "not ready", missing: ["bus", "snapshot"] });
});

test("health does not depend on readiness", async () => {
  missing = ["bus"];
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
});

test("metrics that can't be read are an error, and the server goes on", async () => {
  render = () => Promise.reject(new Error("broken"));
  const response = await fetch(`${server.url}/metrics`);
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain("broken");
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
});

test.each([
  ["POST", "/metrics", 405],
  ["GET", "/", 404],
  ["HEAD", "/healthz", 200],
])("%s %s is answered with %i", async (method, path, status) => {
  expect((await fetch(`${server.url}${path}`, { method })).status).toBe(status);
});

test("a port that is taken is an error", async () => {
  const port = Number(new URL(server.url).port);
  const second = startOperationsServer({
    host: "127.0.0.1",
    port,
    metrics: { render: () => render() },
    notReadyBecause: () => [],
  });
  await expect(second).rejects.toMatchObject({ code: "EADDRINUSE" });
});
