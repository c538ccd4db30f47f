import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { publicSealingKey } from "@sluice/sealing/sealing-keys";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRecordedTerminal, type RecordedTerminal } from "../testing/recorded-terminal.ts";

let terminal: RecordedTerminal;
beforeEach(async () => {
  terminal = await openRecordedTerminal();
});
afterEach(async () => {
  await terminal.remove();
});

const pathOf = (name: string) => join(terminal.directory, "secrets", name);
const textOf = (name: string) => readFileSync(pathOf(name), "utf8").trim();

function files(): string[] {
  return readdirSync(pathOf(""), { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(pathOf(name)).isFile())
    .sort();
}

test("init gives each part of a mesh a folder with what it needs, and nothing more", async () => {
  expect(await terminal.run("init", "--out", "secrets")).toEqual({
    code: 0,
    out: "",
    error:
      "secrets has what is secret in a mesh, one folder for each part. What was there before was kept.\n",
  });
  expect(files()).toEqual([
    "auth/api-key-digest.key",
    "auth/nats.nk",
    "auth/redis-url",
    "compact/admin-key-sha256",
    "compact/api-key-digest.key",
    "compact/database-url",
    "compact/ingress-sealing.key",
    "compact/ledger-nats.nk",
    "compact/nats.nk",
    "compact/redis-url",
    "compact/sealing.key",
    "guard/nats.nk",
    "ingress/nats.nk",
    "ingress/sealing.key",
    "ledger/admin-key-sha256",
    "ledger/database-url",
    "ledger/nats.nk",
    "nats/nats-server.conf",
    "operator/admin.key",
    "operator/nats.nk",
    "operator/sealing-fingerprint.key",
    "operator/sealing-ingress-public.key",
    "operator/sealing-public.key",
    "postgres/password",
    "redis/password",
    "redis/redis.conf",
    "router/nats.nk",
    "router/redis-url",
    "router/sealing.key",
  ]);
});

test("nobody but the owner may read what init writes", async () => {
  await terminal.run("init", "--out", "secrets");
  const modes = files().map((name) => statSync(pathOf(name)).mode & 0o077);
  expect(new Set(modes)).toEqual(new Set([0]));
});

test("init done again keeps all secrets", async () => {
  await terminal.run("init", "--out", "secrets", "--bus-store", "1GiB");
  const before = files().map(textOf);
  await terminal.run("init", "--out", "secrets", "--bus-store", "1GiB");
  expect(files().map(textOf)).toEqual(before);
});

test.each([
  ["router", "compact/sealing.key", "operator/sealing-public.key"],
  ["ingress", "compact/ingress-sealing.key", "operator/sealing-ingress-public.key"],
])(
  "only what the %s runs in has the key that opens what is its own, and the operator has what seals",
  async (service, compact, publicKey) => {
    await terminal.run("init", "--out", "secrets");
    const privateKey = textOf(`${service}/sealing.key`);
    const holders = files().filter((name) => textOf(name).includes(privateKey));
    expect(holders).toEqual([compact, `${service}/sealing.key`]);
    expect(textOf(publicKey)).toBe(publicSealingKey(privateKey));
    const fingerprintKey = textOf("operator/sealing-fingerprint.key");
    expect(files().filter((name) => textOf(name).includes(fingerprintKey))).toHaveLength(1);
  },
);

test("secrets of an earlier release get the keys that seal, and keep all else", async () => {
  await terminal.run("init", "--out", "secrets", "--bus-store", "1GiB");
  const isNew = (name: string) => /sealing|api-key-digest/.test(name);
  const before = files().filter((name) => !isNew(name));
  const texts = before.map(textOf);
  for (const name of files().filter(isNew)) rmSync(pathOf(name));
  await terminal.run("init", "--out", "secrets", "--bus-store", "1GiB");
  expect(before.map(textOf)).toEqual(texts);
  expect(files().filter(isNew)).toHaveLength(9);
});

test("init says which file has no key that opens secrets, and does not show what is in it", async () => {
  await terminal.run("init", "--out", "secrets");
  await writeFile(pathOf("router/sealing.key"), "hunter2");
  expect(await terminal.run("init", "--out", "secrets")).toEqual({
    code: 1,
    out: "",
    error: `sluice: ${pathOf("router/sealing.key")} has no key that opens secrets: put the one there that was, or delete the file and apply all secrets again.\n`,
  });
});

test("the server's configuration names public keys only", async () => {
  await terminal.run("init", "--out", "secrets", "--bus-store", "20GiB");
  const configuration = textOf("nats/nats-server.conf");
  expect(configuration).toContain(`max_file: ${20 * 1024 ** 3}`);
  expect(configuration).not.toContain(textOf("router/nats.nk"));
  expect(configuration.match(/nkey: U/g)?.length).toBeGreaterThanOrEqual(6);
});

test("several bus nodes get a configuration each, and know each other by a password", async () => {
  const nodes = ["nats-1", "nats-2", "nats-3"];
  await terminal.run("init", "--out", "secrets", "--bus-nodes", nodes.join(","));
  const password = textOf("operator/nats-routes.password");
  const routes = nodes.map((node) => `"nats-route://route:${password}@${node}:6222"`).join(", ");
  for (const node of nodes) {
    const configuration = textOf(`${node}/nats-server.conf`);
    expect(configuration).toContain(`server_name: "${node}"`);
    expect(configuration).toContain(`routes = [${routes}]`);
  }
});

test("addresses are those that were given", async () => {
  await terminal.run("init", "--out", "secrets", "--redis", "cache:6380", "--postgres", "db.example:5433");
  expect(textOf("auth/redis-url")).toBe(`redis://:${textOf("redis/password")}@cache:6380`);
  expect(textOf("ledger/database-url")).toBe(
    `postgres://sluice:${textOf("postgres/password")}@db.example:5433/sluice`,
  );
});

test("init says where it can't write", async () => {
  await writeFile(join(terminal.directory, "occupied"), "");
  expect(await terminal.run("init", "--out", "occupied/secrets")).toEqual({
    code: 1,
    out: "",
    error: `sluice: The secrets can't be written to ${terminal.directory}/occupied/secrets (ENOTDIR).\n`,
  });
});
