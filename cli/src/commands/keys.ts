import type { BusConnection } from "@sluice/bus/bus";
import { readAppliedConfiguration } from "@sluice/resources/applied-configuration";
import { describeAllowance } from "@sluice/resources/describe-limit";
import { plainProblem, suggestion } from "@sluice/resources/schema-problems";
import type { VirtualKey, VirtualKeyFacts } from "@sluice/resources/virtual-key";
import { virtualKeyFactsSchema } from "@sluice/resources/virtual-key";
import {
  type IssuedVirtualKey,
  openVirtualKeyStore,
  type VirtualKeyStore,
} from "@sluice/resources/virtual-key-store";
import { Command } from "commander";
import { stringify } from "csv-stringify/sync";
import { CommandError } from "../command-error.ts";
import { readKeyListFile } from "../key-list-file.ts";
import { formatTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { withOperator } from "../with-operator.ts";
import { keyLimits } from "./key-limits.ts";
import { collect, collectModels, consumerName, durationValue, expiryValue } from "./option-values.ts";

interface CreateOptions {
  name: string;
  user?: string;
  team?: string;
  application?: string;
  department?: string;
  consumer?: string;
  tag?: string[];
  model?: string[];
  limit?: string[];
  expires?: number;
  json?: boolean;
}

/** `sluice keys`: make, show and end the keys that clients send. */
export function keysCommand(terminal: Terminal): Command {
  const keys = new Command("keys").description("make, show and end the keys that clients send");

  keys
    .command("create")
    .description("make a key and print it, once")
    .requiredOption("--name <name>", "what the key is for")
    .option("--user <user>", "owner, for the ledger")
    .option("--team <team>", "owner, for the ledger")
    .option("--application <application>", "owner, for the ledger")
    .option("--department <department>", "owner, for the ledger")
    .option(
      "--consumer <consumer>",
      "Consumer that it is made for, by its name or namespace/name",
      consumerName,
    )
    .option("--tag <tag>", "label for the ledger; may be repeated", collect)
    .option(
      "--model <model>",
      "model that it may use, such as gpt-5 or claude-*; may be repeated (default: all)",
      collectModels,
    )
    .option(
      "--limit <limit>",
      'how much may be used with it, as limits in sluice.yaml, such as "requests: 100, interval: 1m"; may be repeated',
      collect,
    )
    .option("--expires <when>", "a duration such as 30d, or a day (default: never)", expiryValue)
    .option("--json", "print JSON")
    .action((options: CreateOptions) => create(terminal, options));

  keys
    .command("import")
    .description("make a key for each line of a CSV file and print them, once")
    .argument(
      "<file>",
      "columns name, consumer, user, team, application, department, tags, models, limits, expires; - for input",
    )
    .option("--json", "print a line of JSON for each, instead of CSV")
    .action((file: string, options: { json?: boolean }) => importKeys(terminal, file, options.json === true));

  keys
    .command("list")
    .description("show all keys, the ended ones too")
    .option("--json", "print JSON")
    .action((options: { json?: boolean }) => list(terminal, options.json === true));

  keys
    .command("revoke")
    .description("end a key on every replica at once, for good")
    .argument("<id>", "id of the key, key_…")
    .action((id: string) => revoke(terminal, id));

  keys
    .command("rotate")
    .description("give a key a new secret and print it, once")
    .argument("<id>", "id of the key, key_…")
    .option(
      "--grace <duration>",
      "how long the secret before works too, such as 1h (default: not at all)",
      durationValue,
    )
    .option("--json", "print JSON")
    .action((id: string, options: { grace?: number; json?: boolean }) => rotate(terminal, id, options));

  return keys;
}

async function create(terminal: Terminal, options: CreateOptions): Promise<void> {
  const { json, expires, tag, model, limit, ...owner } = options;
  const limits = keyLimits(options.name, limit ?? [], "--limit ");
  const facts: VirtualKeyFacts = {
    ...owner,
    tags: tag ?? [],
    ...(model === undefined ? {} : { allowedModels: model }),
    ...(limits.length === 0 ? {} : { limits }),
    ...(expires === undefined ? {} : { expiresAtMs: expires }),
  };
  const checked = virtualKeyFactsSchema.safeParse(facts);
  if (!checked.success) {
    const faults = checked.error.issues.map((issue) => plainProblem(issue, facts));
    throw new CommandError(`The key can't be made: ${faults.join("; ")}.`);
  }
  const issued = await withOperator(terminal, async (bus) => {
    await checkConsumer(bus, checked.data.consumer);
    return await (await openVirtualKeyStore(bus)).create(checked.data);
  });
  show(terminal, issued, json === true, "Created");
}

/** Nothing is made unless all of the file is good. What is made is printed at once, should the rest fail. */
async function importKeys(terminal: Terminal, file: string, json: boolean): Promise<void> {
  const list = await readKeyListFile(terminal, file);
  await withOperator(terminal, async (bus) => {
    for (const name of new Set(list.map(({ consumer }) => consumer))) await checkConsumer(bus, name);
    if (!json) terminal.out("id,name,secret\n");
    const store = await openVirtualKeyStore(bus);
    for (const facts of list) {
      const { key, secret } = await store.create(facts);
      terminal.out(
        json
          ? `${JSON.stringify({ ...shownFields(key), secret })}\n`
          : stringify([[key.id, key.name, secret]]),
      );
    }
  });
  terminal.error(`Created ${list.length} keys. They are shown this once.\n`);
}

/** A key whose consumer is not there would open nothing. */
async function checkConsumer(bus: BusConnection, name: string | undefined): Promise<void> {
  if (name === undefined) return;
  const names = Object.keys((await readAppliedConfiguration(bus)).content.consumers);
  if (names.includes(name)) return;
  const hint = suggestion(name, names).replace(/^; d/, " D").replace(/^$/, " Apply it first.");
  throw new CommandError(`There is no Consumer ${JSON.stringify(name)}.${hint}`);
}

async function rotate(
  terminal: Terminal,
  id: string,
  options: { grace?: number; json?: boolean },
): Promise<void> {
  const issued = await withStore(terminal, (store) => store.rotate(id, { graceMs: options.grace ?? 0 }));
  show(terminal, issued, options.json === true, "Rotated");
}

/** Prints a key with its secret. */
function show(terminal: Terminal, { key, secret }: IssuedVirtualKey, json: boolean, done: string): void {
  if (json) {
    terminal.out(`${JSON.stringify({ ...shownFields(key), secret }, null, 2)}\n`);
    return;
  }
  terminal.error(`${done} ${key.id} (${key.name}). The key is shown this once:\n`);
  terminal.out(`${secret}\n`);
}

async function list(terminal: Terminal, json: boolean): Promise<void> {
  const keys = await withStore(terminal, (store) => store.list());
  if (json) {
    terminal.out(`${JSON.stringify(keys.map(shownFields), null, 2)}\n`);
    return;
  }
  if (keys.length === 0) {
    terminal.error("There are no keys yet: sluice keys create --name NAME makes one.\n");
    return;
  }
  const nowMs = Date.now();
  terminal.out(
    formatTable<VirtualKey>(
      [
        { title: "ID", cell: ({ id }) => id },
        { title: "NAME", cell: ({ name }) => name },
        { title: "STATE", cell: (key) => stateOf(key, nowMs) },
        { title: "TEAM", cell: ({ team }) => team ?? "-" },
        { title: "USER", cell: ({ user }) => user ?? "-" },
        { title: "APPLICATION", cell: ({ application }) => application ?? "-" },
        { title: "DEPARTMENT", cell: ({ department }) => department ?? "-" },
        { title: "CONSUMER", cell: ({ consumer }) => consumer ?? "-" },
        { title: "TAGS", cell: ({ tags }) => tags.join(",") || "-" },
        { title: "MODELS", cell: ({ allowedModels }) => allowedModels?.join(",") ?? "all" },
        { title: "LIMITS", cell: ({ limits }) => limits?.map(describeAllowance).join("; ") ?? "-" },
        { title: "CREATED", cell: ({ createdAtMs }) => formatTime(createdAtMs) },
        { title: "EXPIRES", cell: ({ expiresAtMs }) => formatTime(expiresAtMs) },
      ],
      keys,
    ),
  );
}

async function revoke(terminal: Terminal, id: string): Promise<void> {
  const key = await withStore(terminal, (store) => store.revoke(id));
  terminal.error(`Revoked ${key.id} (${key.name}): it is refused from now on, on every replica.\n`);
}

function withStore<Result>(
  terminal: Terminal,
  work: (store: VirtualKeyStore) => Promise<Result>,
): Promise<Result> {
  return withOperator(terminal, async (bus) => work(await openVirtualKeyStore(bus)));
}

/** Everything but the hashes, which nobody needs to see. */
function shownFields({ hash: _hash, previousHash: _previous, ...shown }: VirtualKey): object {
  return shown;
}

function stateOf(key: VirtualKey, nowMs: number): string {
  if (key.revokedAtMs !== undefined) return "revoked";
  if (key.expiresAtMs !== undefined && key.expiresAtMs <= nowMs) return "expired";
  if (key.previousExpiresAtMs !== undefined && key.previousExpiresAtMs > nowMs) return "rotating";
  return "active";
}

/** Minutes in UTC, as `2026-01-31 12:00Z`. */
function formatTime(atMs: number | undefined): string {
  return atMs === undefined ? "-" : `${new Date(atMs).toISOString().slice(0, 16).replace("T", " ")}Z`;
}
