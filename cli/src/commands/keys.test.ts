import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import { applyChange } from "@sluice/resources/apply-configuration";
import { readResources } from "@sluice/resources/read-resources";
import { hashVirtualKeySecret, virtualKeySecretPattern } from "@sluice/resources/virtual-key";
import { openVirtualKeyStore, type VirtualKeyStore } from "@sluice/resources/virtual-key-store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRecordedTerminal, type RecordedTerminal } from "../testing/recorded-terminal.ts";

let testBus: TestBus;
let terminal: RecordedTerminal;
let store: VirtualKeyStore;
beforeAll(async () => {
  testBus = await startTestBus();
  store = await openVirtualKeyStore(await testBus.connectOperator());
  terminal = await openRecordedTerminal();
  const { servers, nkeySeed } = testBus.credentials("operator");
  await mkdir(join(terminal.directory, "data", "bus"), { recursive: true });
  await writeFile(join(terminal.directory, "data", "bus", "operator.nk"), nkeySeed, { mode: 0o600 });
  const runFile = {
    gateway: "http://127.0.0.1:1",
    ledger: "http://127.0.0.1:1",
    apiKey: "sk-sluice-x",
    adminKey: "x",
    nats: servers,
    redis: "redis://127.0.0.1:1",
    processes: [],
  };
  await writeFile(join(terminal.directory, "data", "run.json"), JSON.stringify(runFile));
});
afterAll(async () => {
  await terminal.remove();
  await testBus.stop();
});

/** The key that a name was given to last. */
async function keyNamed(name: string) {
  const key = (await store.list()).findLast((candidate) => candidate.name === name);
  if (key === undefined) throw new Error(`no key ${name}`);
  return key;
}

test("without keys, list says how one is made", async () => {
  expect(await terminal.run("keys", "list")).toEqual({
    code: 0,
    out: "",
    error: "There are no keys yet: sluice keys create --name NAME makes one.\n",
  });
});

test("create prints nothing but the secret on standard output, and stores what was asked for", async () => {
  const result = await terminal.run(
    ...["keys", "create", "--name", "search", "--team", "search", "--user", "ada", "--application", "web"],
    ...[
      "--department",
      "r-and-d",
      "--tag",
      "batch",
      "--tag",
      "eu",
      "--model",
      "gpt-*",
      "--model",
      "claude-x",
    ],
  );
  expect(result.code).toBe(0);
  const secret = result.out.trimEnd();
  expect(secret).toMatch(virtualKeySecretPattern);
  const key = await keyNamed("search");
  expect(key).toMatchObject({
    hash: hashVirtualKeySecret(secret),
    user: "ada",
    team: "search",
    application: "web",
    department: "r-and-d",
    tags: ["batch", "eu"],
    allowedModels: ["gpt-*", "claude-x"],
  });
  expect(key.expiresAtMs).toBeUndefined();
  expect(result.error).toBe(`Created ${key.id} (search). The key is shown this once:\n`);
});

test("create prints JSON with the secret and without its hash", async () => {
  const { out } = await terminal.run("keys", "create", "--name", "json", "--expires", "30d", "--json");
  const printed = JSON.parse(out) as Record<string, unknown>;
  const key = await keyNamed("json");
  expect(printed).toMatchObject({ id: key.id, name: "json", expiresAtMs: key.expiresAtMs });
  expect(key.hash).toBe(hashVirtualKeySecret(String(printed.secret)));
  expect(out).not.toContain(key.hash);
  expect((key.expiresAtMs ?? 0) - key.createdAtMs).toBeGreaterThan(29 * 86_400_000);
});

test("create takes limits as sluice.yaml has them, and list shows them", async () => {
  const limits = ["requests: 10, interval: 1m, per: [model]", "name: daily, usd: 20, calendar: day"];
  await terminal.run("keys", "create", "--name", "limited", ...limits.flatMap((limit) => ["--limit", limit]));
  const key = await keyNamed("limited");
  expect(key.limits).toMatchObject([
    { name: "key limited/0", unit: "requests", per: ["model"] },
    { name: "key limited/daily", policy: { window: { kind: "calendar", limit: 20e9, period: "day" } } },
  ]);
  const { out } = await terminal.run("keys", "list");
  expect(out.split("\n").find((line) => line.startsWith(key.id))).toContain(
    "10 requests in 1m per model; 20 US dollars in a day",
  );
});

test("create takes a day as the end", async () => {
  await terminal.run("keys", "create", "--name", "until", "--expires", "2999-01-31");
  expect((await keyNamed("until")).expiresAtMs).toBe(Date.UTC(2999, 0, 31));
});

test.each([
  [
    ["--expires", "soon"],
    "option '--expires <when>' argument 'soon' is invalid. It is a duration such as 30d, or a day such as 2027-01-31.",
  ],
  [
    ["--expires", "2001-01-31"],
    "option '--expires <when>' argument '2001-01-31' is invalid. The day is over.",
  ],
  [
    ["--model", "a*b"],
    "option '--model <model>' argument 'a*b' is invalid. It is a model name, or the beginning of one with a *.",
  ],
  [["--tag", ""], "The key can't be made: tags[0]: must have at least 1 character."],
  [
    ["--limit", "requests: 5"],
    '--limit "requests: 5": in which time? Name an interval, such as 1m, or a calendar, such as day.',
  ],
  [
    ["--limit", "requests: 5, interval: 1m", "--limit", "tokns: 5, interval: 1m"],
    '--limit "tokns: 5, interval: 1m": tokns: there is no such key; did you mean "tokens"?; --limit "tokns: 5, interval: 1m": either requests, tokens, inputTokens, outputTokens, usd, complexity or concurrent, one of them.',
  ],
  [
    ["--limit", "requests: [5"],
    '--limit "requests: [5": flow sequence in block collection must be sufficiently indented and end with a ]; --limit "requests: [5": flow map must end with a }.',
  ],
])("create refuses %j", async (options, message) => {
  const before = (await store.list()).length;
  const result = await terminal.run("keys", "create", "--name", "refused", ...options);
  expect(result).toEqual({ code: 1, out: "", error: `sluice: ${message}\n` });
  expect(await store.list()).toHaveLength(before);
});

test("create makes a key for a consumer that is there", async () => {
  const { resources } = readResources([
    {
      text: "{ apiVersion: sluice.dev/v1, kind: Consumer, metadata: { name: research }, spec: { team: research } }",
      name: "consumers.yaml",
    },
  ]);
  await applyChange(await testBus.connectOperator(), { resources, by: "test", change: "test" });
  const made = await terminal.run(
    "keys",
    "create",
    "--name",
    "of research",
    "--consumer",
    "default/research",
  );
  expect(made.code).toBe(0);
  expect((await keyNamed("of research")).consumer).toBe("research");
  const refused = await terminal.run("keys", "create", "--name", "refused", "--consumer", "reserch");
  expect(refused).toEqual({
    code: 1,
    out: "",
    error: 'sluice: There is no Consumer "reserch". Did you mean "research"?\n',
  });
});

test("create needs a name", async () => {
  const result = await terminal.run("keys", "create");
  expect(result).toMatchObject({
    code: 1,
    out: "",
    error: "sluice: required option '--name <name>' not specified\n",
  });
});

test("list shows every key with its state, and no secret or hash", async () => {
  const active = await store.create({ name: "an active one", team: "blue" });
  const revoked = await store.create({ name: "a revoked one" });
  const expired = await store.create({ name: "an expired one", expiresAtMs: 1 });
  const rotating = await store.create({ name: "a rotating one" });
  await store.revoke(revoked.key.id);
  await store.rotate(rotating.key.id, { graceMs: 600_000 });
  const { code, out } = await terminal.run("keys", "list");
  expect(code).toBe(0);
  const lines = out.split("\n");
  expect(lines[0]).toMatch(/^ID +NAME +STATE +TEAM +USER/);
  expect(lines.find((line) => line.startsWith(active.key.id))).toMatch(/an active one +active +blue +- /);
  expect(lines.find((line) => line.startsWith(revoked.key.id))).toMatch(/a revoked one +revoked /);
  expect(lines.find((line) => line.startsWith(expired.key.id))).toMatch(
    /an expired one +expired .*1970-01-01 00:00Z$/,
  );
  expect(lines.find((line) => line.startsWith(rotating.key.id))).toMatch(/a rotating one +rotating /);

  const json = await terminal.run("keys", "list", "--json");
  const ids = (JSON.parse(json.out) as { id: string }[]).map(({ id }) => id);
  expect(ids).toContain(expired.key.id);
  expect(json.out + out).not.toContain(active.key.hash);
});

test("revoke ends a key, and says so again when it is repeated", async () => {
  const { key } = await store.create({ name: "to revoke" });
  const result = await terminal.run("keys", "revoke", key.id);
  expect(result).toMatchObject({ code: 0, out: "" });
  expect(result.error).toContain(`Revoked ${key.id} (to revoke)`);
  expect((await store.get(key.id)).revokedAtMs).toBeDefined();
  expect((await terminal.run("keys", "revoke", key.id)).code).toBe(0);
});

test("rotate prints a new secret and keeps the one before for its grace", async () => {
  const { key } = await store.create({ name: "to rotate" });
  const { out, code } = await terminal.run("keys", "rotate", key.id, "--grace", "1h");
  expect(code).toBe(0);
  const rotated = await store.get(key.id);
  expect(rotated.hash).toBe(hashVirtualKeySecret(out.trimEnd()));
  expect(rotated.previousHash).toBe(key.hash);
});

test.each([
  [["keys", "revoke", "key_00000000000000000000"], "sluice: There is no key key_00000000000000000000.\n"],
  [["keys", "rotate", "nonsense"], "sluice: There is no key nonsense.\n"],
])("%j is refused", async (commandArguments, error) => {
  expect(await terminal.run(...commandArguments)).toEqual({ code: 1, out: "", error });
});

test("import makes a key for each line of a file, and prints them", async () => {
  await writeFile(
    join(terminal.directory, "owners.csv"),
    'name,team,tags,models,limits,expires\n"search, web",search,batch; eu,gpt-*;claude-x,"usd: 20, calendar: day; concurrent: 4",30d\nplain,,,,,\n',
  );
  const result = await terminal.run("keys", "import", "owners.csv");
  expect(result).toMatchObject({ code: 0, error: "Created 2 keys. They are shown this once.\n" });
  const [head, first = "", second = ""] = result.out.split("\n");
  expect(head).toBe("id,name,secret");
  expect(first).toMatch(/^key_[0-9a-f]{20},"search, web",sk-sluice-/);
  expect(await keyNamed("search, web")).toMatchObject({
    team: "search",
    tags: ["batch", "eu"],
    allowedModels: ["gpt-*", "claude-x"],
    limits: [
      {
        name: "key search, web/0",
        unit: "cost_nano_usd",
        policy: { window: { kind: "calendar", limit: 20_000_000_000, period: "day" } },
      },
      { name: "key search, web/1", unit: "concurrent_calls" },
    ],
    expiresAtMs: expect.any(Number),
    hash: hashVirtualKeySecret(first.split(",").at(-1) ?? ""),
  });
  const plain = await keyNamed("plain");
  expect(plain).toMatchObject({ tags: [], hash: hashVirtualKeySecret(second.split(",").at(-1) ?? "") });
  expect(plain).not.toHaveProperty("team");
});

test.each([
  ["team\nred\n", '- has no column "name".'],
  ["name,tem\na,b\n", "- has columns that keys don't have: tem. They have name, consumer, user, "],
  ["name,team\na\n", "- is not CSV: Invalid Record Length"],
  ["name,consumer\na,nobody\n", 'There is no Consumer "nobody". Apply it first.'],
  [
    'name,limits\na,"requests: 5; tokns: 5, interval: 1m"\nb,"concurrent: 1"\n',
    '- can\'t be imported:\nline 2: limits: "requests: 5": in which time? Name an interval, such as 1m, or a calendar, such as day; "tokns: 5, interval: 1m": tokns: there is no such key; did you mean "tokens"?',
  ],
  [
    `name,expires\na,soon\n${"n".repeat(201)},\n`,
    "- can't be imported:\nline 2: expires: It is a duration such as 30d, or a day such as 2027-01-31.\nline 3: name: ",
  ],
])("a file that can't be imported makes no key: %j", async (text, message) => {
  const before = (await store.list()).length;
  terminal.input = text;
  const result = await terminal.run("keys", "import", "-");
  expect(result).toMatchObject({ code: 1, out: "" });
  expect(result.error).toContain(message);
  expect(await store.list()).toHaveLength(before);
});
