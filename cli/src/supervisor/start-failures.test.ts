import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRecordedTerminal, type RecordedTerminal } from "../testing/recorded-terminal.ts";
import { lockDataFolder } from "./data-folder-lock.ts";
import { openGatewaySockets } from "./gateway-sockets.ts";
import { settlePort } from "./ports.ts";
import { onBus } from "./prepare-bus.ts";

/** An address that no machine has for its own (RFC 5737). */
const elsewhere = "192.0.2.1";

let terminal: RecordedTerminal;
beforeEach(async () => {
  terminal = await openRecordedTerminal();
  Object.assign(terminal.environment, { SLUICE_GATEWAY_PORT: "0", SLUICE_LEDGER_PORT: "0" });
});
afterEach(async () => {
  await terminal.remove();
});

test.each<[environment: Record<string, string>, message: string]>([
  [
    { SLUICE_GATEWAY_PORT: "80 80", SLUICE_LEDGER_PORT: "70000" },
    "The environment is not valid: SLUICE_GATEWAY_PORT must be a port number from 0 to 65535; SLUICE_LEDGER_PORT must be a port number from 0 to 65535.",
  ],
  [
    { SLUICE_EVENT_STREAM_BYTES: "1MiB", SLUICE_STREAM_REPLICAS: "2" },
    "The environment is not valid: SLUICE_EVENT_STREAM_BYTES must be a size of at least 16MiB, as 10GiB or a number of bytes; SLUICE_STREAM_REPLICAS must be 1, 3 or 5.",
  ],
  [
    { REDIS_URL: "http://user:hunter2@a" },
    "The environment is not valid: REDIS_URL must be a URL that starts with redis:// or rediss://.",
  ],
  [
    { DATABASE_URL: "mysql://a" },
    "The environment is not valid: DATABASE_URL must be a URL that starts with postgres:// or postgresql://.",
  ],
  [
    { SLUICE_SEALING_KEY: "hunter2", SLUICE_SEALING_INGRESS_KEY: "hunter2" },
    "The environment is not valid: SLUICE_SEALING_KEY must be a private sealing key; SLUICE_SEALING_INGRESS_KEY must be a private sealing key.",
  ],
  [
    { SLUICE_STREAM_REPLICAS: "3" },
    "SLUICE_STREAM_REPLICAS asks for 3 copies of each stream, and the bus that is started here is a single server: set NATS_URL to a cluster.",
  ],
  [{ SLUICE_CONFIG: "none.yaml" }, "SLUICE_CONFIG names FOLDER/none.yaml, and there is no such file."],
  [
    { SLUICE_DATA_DIR: "occupied" },
    "The data folder FOLDER/occupied can't be made (ENOTDIR): set SLUICE_DATA_DIR to one you may write.",
  ],
  [
    { SLUICE_GATEWAY_HOST: elsewhere, SLUICE_GATEWAY_PORT: "8080" },
    "The gateway can't listen on 192.0.2.1:8080 (EADDRNOTAVAIL): set SLUICE_GATEWAY_PORT to another port.",
  ],
])("start with %j says what is wrong before it starts anything", async (environment, message) => {
  await writeFile(join(terminal.directory, "occupied"), "");
  Object.assign(terminal.environment, environment);
  expect(await terminal.run("start")).toEqual({
    code: 1,
    out: "",
    error: `sluice: ${message.replace("FOLDER", terminal.directory)}\n`,
  });
});

test("a data folder that another supervisor has is refused, and free once that one lets go", async () => {
  const folder = terminal.directory;
  const release = await lockDataFolder(folder);
  await expect(lockDataFolder(folder)).rejects.toThrow(
    `The data folder ${folder} is in use by another mesh: stop that one, or set SLUICE_DATA_DIR (and the ports) to run a second.`,
  );
  await release();
  await (await lockDataFolder(folder))();
});

test("a gateway's address that is not this machine's is named with what to set", async () => {
  await expect(openGatewaySockets({ host: elsewhere, port: 8080 })).rejects.toThrow(
    "The gateway can't listen on 192.0.2.1:8080 (EADDRNOTAVAIL): set SLUICE_GATEWAY_HOST or SLUICE_GATEWAY_PORT.",
  );
});

test("a port that is taken is named with what moves it", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const wanted = { what: "ledger", variable: "SLUICE_LEDGER_PORT", host: "127.0.0.1", port };
  await expect(settlePort(wanted)).rejects.toThrow(
    `Port ${port} for the ledger is taken: set SLUICE_LEDGER_PORT to another port, or end what listens there.`,
  );
  await new Promise((resolve) => server.close(resolve));
  expect(await settlePort(wanted)).toBe(port);
});

test("a bus that is not there is named with what to check", async () => {
  const url = "nats://127.0.0.1:1";
  await expect(onBus({ url, operatorSeed: undefined }, async () => undefined)).rejects.toMatchObject({
    name: "CommandError",
    message: "No connection to NATS at 127.0.0.1:1: check NATS_URL and its credentials.",
  });
});
