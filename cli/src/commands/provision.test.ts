import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findFreePort } from "@sluice/servers/free-port";
import { startTestNatsServer } from "@sluice/servers/testing/test-servers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRecordedTerminal, type RecordedTerminal } from "../testing/recorded-terminal.ts";

let terminal: RecordedTerminal;
const cleanups: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  terminal = await openRecordedTerminal();
  cleanups.push(() => terminal.remove());
  await writeFile(
    join(terminal.directory, "sluice.yaml"),
    "backends: {house: {provider: openai}}\nmodels: [{name: m, backend: house}]\n",
  );
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startBus(port: number): Promise<void> {
  const server = await startTestNatsServer({ port });
  cleanups.push(() => server.stop());
}

test("provision makes what a mesh needs of a bare bus, and changes nothing when it is done again", async () => {
  const port = await findFreePort();
  await startBus(port);
  terminal.environment.NATS_URL = `nats://127.0.0.1:${port}`;
  terminal.environment.SLUICE_EVENT_STREAM_BYTES = "32MiB";
  expect(await terminal.run("provision")).toEqual({
    code: 0,
    out: "",
    error: "The bus is set up, and the mesh works by sluice.yaml as revision 1.\n",
  });
  expect(await terminal.run("provision")).toEqual({
    code: 0,
    out: "",
    error: "The bus is set up; the mesh worked by sluice.yaml as revision 1 before.\n",
  });
  // The streams are there: a status that finds none says so in other words.
  expect(await terminal.run("status")).toMatchObject({
    error: "sluice: The bus is there, and no service is on it.\n",
  });
  expect(await terminal.run("keys", "create", "--name", "first")).toMatchObject({ code: 0 });
});

test("provision waits for a bus that starts at the same time", async () => {
  const port = await findFreePort();
  terminal.environment.NATS_URL = `nats://127.0.0.1:${port}`;
  const provisioned = terminal.run("provision", "--wait", "50s");
  await startBus(port);
  expect(await provisioned).toMatchObject({
    code: 0,
    error: expect.stringContaining("the mesh works by sluice.yaml as revision 1.\n"),
  });
});

test("provision says what the bus said when its time is over", async () => {
  terminal.environment.NATS_URL = `nats://127.0.0.1:${await findFreePort()}`;
  expect(await terminal.run("provision", "--wait", "0s")).toMatchObject({
    code: 1,
    error: expect.stringMatching(
      /^sluice: No connection to NATS .*: check NATS_URL and its credentials\.\n$/,
    ),
  });
});

test("provision names what is wrong before it asks the bus", async () => {
  terminal.environment.NATS_URL = "nats://127.0.0.1:1";
  expect(await terminal.run("provision", "nothing.yaml")).toMatchObject({
    code: 1,
    error: "sluice: There is no file nothing.yaml here.\n",
  });
  terminal.environment.SLUICE_EVENT_STREAM_BYTES = "1MiB";
  expect(await terminal.run("provision")).toMatchObject({
    code: 1,
    error:
      "sluice: The environment is not valid: SLUICE_EVENT_STREAM_BYTES must be a size of at least 16MiB, as 10GiB or a number of bytes.\n",
  });
});
