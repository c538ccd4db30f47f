import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRecordedTerminal, type RecordedTerminal } from "./testing/recorded-terminal.ts";

let terminal: RecordedTerminal;
beforeEach(async () => {
  terminal = await openRecordedTerminal();
  await mkdir(join(terminal.directory, "empty"));
  await writeFile(join(terminal.directory, "sluice.yaml"), "models: [gpt-5]\n");
});
afterEach(async () => {
  await terminal.remove();
});

const explain = ["explain", "-f", "sluice.yaml"];
const keys = ["keys", "create", "--name", "n"];

test.each<[commandLine: string[], message: string]>([
  [[...explain, "chat"], 'A path begins with a slash: "chat" does not.'],
  [[...explain, "--listener", "x"], '"x" is no port.'],
  [[...explain, "-H", "x-team"], 'A header is written as name: value, not "x-team".'],
  [[...explain, "-d", "{"], "The body given with -d is no JSON."],
  [[...explain, "--key", "key_1"], "Keys are known to a running mesh only: leave --key out, or -f."],
  [["explain", "-f", "empty"], "empty has no file that ends in .yaml, .yml or .json."],
  [["explain", "-f", "none.yaml"], "There is no file none.yaml here."],
  [["validate", "none.yaml"], "There is no file none.yaml here."],
  [["validate", "empty"], "empty is a folder, not a file."],
  [["init"], "required option '--out <folder>' not specified"],
  [
    ["init", "--out", "x", "--bus-nodes", "nats-1,nats-2"],
    "option '--bus-nodes <hosts>' argument 'nats-1,nats-2' is invalid. A cluster decides by majority, so it has an odd number of nodes: one, three or five.",
  ],
  [
    ["init", "--out", "x", "--bus-nodes", "nats_1;"],
    "option '--bus-nodes <hosts>' argument 'nats_1;' is invalid. It is a host, or several with commas between, such as nats-1,nats-2,nats-3.",
  ],
  [
    ["init", "--out", "x", "--bus-nodes", "a,a,b"],
    "option '--bus-nodes <hosts>' argument 'a,a,b' is invalid. It is a host, or several with commas between, such as nats-1,nats-2,nats-3.",
  ],
  [
    ["init", "--out", "x", "--bus-store", "20"],
    "option '--bus-store <size>' argument '20' is invalid. It is a size such as 20GiB.",
  ],
  [
    ["init", "--out", "x", "--redis", "redis"],
    "option '--redis <host:port>' argument 'redis' is invalid. It is a host and a port, such as redis:6379.",
  ],
  [
    ["init", "--out", "x", "--postgres", "db:x"],
    "option '--postgres <host:port>' argument 'db:x' is invalid. It is a host and a port, such as redis:6379.",
  ],
  [["keys", "create"], "required option '--name <name>' not specified"],
  [
    [...keys, "--model", "a*b"],
    "option '--model <model>' argument 'a*b' is invalid. It is a model name, or the beginning of one with a *.",
  ],
  [
    [...keys, "--expires", "tomorrow"],
    "option '--expires <when>' argument 'tomorrow' is invalid. It is a duration such as 30d, or a day such as 2027-01-31.",
  ],
  [
    [...keys, "--expires", "2020-01-01"],
    "option '--expires <when>' argument '2020-01-01' is invalid. The day is over.",
  ],
  [
    [...keys, "--limit", "requests: 1"],
    '--limit "requests: 1": in which time? Name an interval, such as 1m, or a calendar, such as day.',
  ],
  [
    [...keys, "--limit", "request: 1, interval: 1m"],
    '--limit "request: 1, interval: 1m": request: there is no such key; did you mean "requests"?; --limit "request: 1, interval: 1m": either requests, tokens, inputTokens, outputTokens, usd, complexity or concurrent, one of them.',
  ],
  [[...keys, "--team", ""], "The key can't be made: team: must have at least 1 character."],
  [
    ["keys", "rotate", "key_1", "--grace", "soon"],
    "option '--grace <duration>' argument 'soon' is invalid. It is a duration such as 30s, 12h or 30d.",
  ],
  [["keys", "rotate"], "missing required argument 'id'"],
  [["keys", "make"], "unknown command 'make'"],
  [["keys", "import", "none.csv"], "There is no file none.csv here."],
  [
    ["audit", "--since", "yesterday"],
    "option '--since <when>' argument 'yesterday' is invalid. It is a day such as 2026-06-15, or an instant such as 2026-06-15T12:00:00Z.",
  ],
  [["audit", "-o", "yaml"], 'There is no output "yaml": use text, json or csv.'],
  [["audit", "--kind", "RouteTabel"], 'There is no kind "RouteTabel". Did you mean RouteTable?'],
  [
    ["apply", "--as", ""],
    "option '--as <name>' argument '' is invalid. It is a name of at most 200 characters.",
  ],
  [
    ["apply", "--wait", "soon"],
    "option '--wait [time]' argument 'soon' is invalid. It is a duration such as 30s, 12h or 30d.",
  ],
  [["apply", "--wat"], "unknown option '--wat'\n(Did you mean --wait?)"],
  [["aply"], "unknown command 'aply'\n(Did you mean apply?)"],
  [["get", "RouteTabel"], 'There is no kind "RouteTabel". Did you mean RouteTable?'],
  [["describe", "RouteTabel", "x"], 'There is no kind "RouteTabel". Did you mean RouteTable?'],
  [["rollback", "x"], '"x" is no number of a revision: sluice history shows them.'],
  [["history", "-x"], "unknown option '-x'"],
  [
    ["spend", "--from", "x"],
    "option '--from <time>' argument 'x' is invalid. It is a day such as 2026-06-15, or an instant such as 2026-06-15T12:00:00Z.",
  ],
  [
    ["start", "--replicas", "routter=3"],
    '--replicas names "routter": write it as router=3,guard=2, with services of ingress, auth, guard, router, ledger.',
  ],
  [
    ["start", "--replicas", "ledger=2"],
    "--replicas asks for 2 ledgers, and the embedded database takes one process: set DATABASE_URL to a Postgres.",
  ],
  [
    ["start", "--replicas", "router=2", "--compact"],
    "--compact runs all services in one process, and --replicas runs more processes of each: leave one of them out.",
  ],
  [
    ["restart", "routter"],
    "command-argument value 'routter' is invalid for argument 'service'. Allowed choices are ingress, auth, guard, router, ledger.",
  ],
  [["ledger", "reconcile", "none.csv"], "required option '--provider <name>' not specified"],
  [
    ["prompts", "compare", "p", "--since", "x"],
    "option '--since <duration>' argument 'x' is invalid. It is a duration such as 30s, 12h or 30d.",
  ],
  [
    ["provision", "--wait", "soon"],
    "option '--wait <duration>' argument 'soon' is invalid. It is a duration such as 30s, 12h or 30d.",
  ],
  [["delete", "Secret"], "missing required argument 'name'"],
  [["diff"], "required option '-f, --filename <path>' not specified"],
  [["export", "none.yaml"], "too many arguments for 'export'. Expected 0 arguments but got 1: none.yaml."],
])("sluice %j says what is wrong with it", async (commandLine, message) => {
  expect(await terminal.run(...commandLine)).toEqual({ code: 1, out: "", error: `sluice: ${message}\n` });
});

const bus = "set NATS_URL (and NATS_NKEY_SEED_FILE)";
const ledger = "set SLUICE_LEDGER_URL and SLUICE_ADMIN_KEY";
const folder = "set SLUICE_DATA_DIR to the folder of one that runs";

test.each([
  [["status"], bus],
  [["get"], bus],
  [["rollback"], bus],
  [["spend"], ledger],
  [["audit"], ledger],
  [["restart"], folder],
])("sluice %j without a mesh says how to find one", async (commandLine, otherwise) => {
  expect(await terminal.run(...commandLine)).toEqual({
    code: 1,
    out: "",
    error: `sluice: No mesh is running here (${terminal.directory}/data): start one with npm start, or ${otherwise}.\n`,
  });
});

test("a mesh that left what can't be read says what to do", async () => {
  await mkdir(join(terminal.directory, "data"));
  const file = join(terminal.directory, "data", "run.json");
  await writeFile(file, "{");
  expect((await terminal.run("restart")).error).toBe(
    `sluice: ${file} can't be read: start the mesh again with npm start.\n`,
  );
  const urls = { gateway: "http://a", ledger: "http://b", nats: "nats://c", redis: "redis://d" };
  const keys = { apiKey: "a", adminKey: "b" };
  await writeFile(file, JSON.stringify({ ...urls, ...keys, pid: 1, processes: [] }));
  expect((await terminal.run("restart")).error).toBe(
    "sluice: The mesh that runs here was started by an older sluice: end it and start it anew.\n",
  );
  expect((await terminal.run("status")).error).toBe(
    `sluice: The key of the bus's operator can't be read from ${terminal.directory}/data/bus/operator.nk.\n`,
  );
});

test("half of the ledger's address is none", async () => {
  terminal.environment.SLUICE_LEDGER_URL = "http://127.0.0.1:1";
  expect((await terminal.run("spend")).error).toBe(
    "sluice: SLUICE_LEDGER_URL is set and SLUICE_ADMIN_KEY is not: set both.\n",
  );
});
