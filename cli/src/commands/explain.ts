import { readAppliedConfiguration } from "@sluice/resources/applied-configuration";
import { checkChange } from "@sluice/resources/check-change";
import { explainChoice } from "@sluice/resources/choosing/explain-choice";
import { type ExplainedRequest, type Explanation, explainRequest } from "@sluice/resources/explain-request";
import type { Snapshot } from "@sluice/resources/snapshot";
import { declaredVirtualKeyId, hashVirtualKeySecret, type VirtualKey } from "@sluice/resources/virtual-key";
import { openVirtualKeyStore } from "@sluice/resources/virtual-key-store";
import { Command } from "commander";
import { CommandError } from "../command-error.ts";
import { readSourceFiles } from "../source-files.ts";
import type { Terminal } from "../terminal.ts";
import { withOperator } from "../with-operator.ts";
import { collect } from "./option-values.ts";

interface ExplainOptions {
  model?: string;
  key?: string;
  data?: string;
  request: string;
  host: string;
  header?: string[];
  listener?: string;
  filename?: string[];
  json?: boolean;
}

/** `sluice explain`: what a request would meet, without sending it. */
export function explainCommand(terminal: Terminal): Command {
  return new Command("explain")
    .description(
      "say which route, policies, limits, target and price a request would meet, without sending it",
    )
    .argument("[path]", "path of the request, with its query", "/v1/chat/completions")
    .option("--model <model>", "model that the body names (default: that of -d)")
    .option("--key <key>", "the client's virtual key: its id (key_…) or the key itself")
    .option("-d, --data <body>", "JSON body of the request")
    .option("-X, --request <method>", "its method", "POST")
    .option("-H, --header <header>", "a header, as `name: value`; may be repeated", collect)
    .option("--host <host>", "host that it is sent to", "localhost")
    .option(
      "--listener <port>",
      "port of a VirtualGateway that it comes by (default: the gateway's own address)",
    )
    .option(
      "-f, --filename <path>",
      "a configuration or resources to ask in place of a running mesh: a file, a folder, or -; may be repeated",
      collect,
    )
    .option("--json", "print JSON")
    .action(async (path: string, options: ExplainOptions) => {
      const request = {
        method: options.request.toUpperCase(),
        host: options.host.toLowerCase(),
        path: pathOf(path),
        headers: headersOf(options.header ?? []),
        model: options.model ?? modelOf(options.data),
        listener: options.listener === undefined ? undefined : portOf(options.listener),
      };
      const explanation =
        options.filename === undefined
          ? await explainByMesh(terminal, request, options)
          : await explainByFiles(terminal, request, options.filename, options);
      if (options.json === true) terminal.out(`${JSON.stringify(explanation, null, 2)}\n`);
      else terminal.out(describe(explanation));
    });
}

/** With the choice of a model that leads to others: a line for each model on the way. */
interface ExplanationWithChoice extends Explanation {
  choice: string[];
}

async function explain(
  snapshot: Snapshot,
  request: ExplainedRequest,
  data: string | undefined,
  key: VirtualKey | undefined,
): Promise<ExplanationWithChoice> {
  const explanation = explainRequest(snapshot, request, key, Date.now());
  const isPassedOn = explanation.refusal === undefined;
  return { ...explanation, choice: isPassedOn ? await explainChoice(snapshot, request, data, key) : [] };
}

async function explainByMesh(
  terminal: Terminal,
  request: ExplainedRequest,
  { key, data }: Pick<ExplainOptions, "key" | "data">,
): Promise<ExplanationWithChoice> {
  return await withOperator(terminal, async (bus) => {
    const { revision, content } = await readAppliedConfiguration(bus);
    const keys = key === undefined ? [] : await (await openVirtualKeyStore(bus)).list();
    const found = key === undefined ? undefined : keyOf(key, keys);
    return await explain({ ...content, revision, appliedAtMs: 0 }, request, data, found);
  });
}

/** Without a mesh there are no keys: a request is taken for one with a key that may do everything. */
async function explainByFiles(
  terminal: Terminal,
  request: ExplainedRequest,
  paths: readonly string[],
  { key, data }: Pick<ExplainOptions, "key" | "data">,
): Promise<ExplanationWithChoice> {
  if (key !== undefined)
    throw new CommandError("Keys are known to a running mesh only: leave --key out, or -f.");
  const { content } = await checkChange(await readSourceFiles(terminal, paths));
  return await explain({ ...content, revision: 0, appliedAtMs: 0 }, request, data, anyKey);
}

const anyKey: VirtualKey = {
  id: declaredVirtualKeyId("any"),
  name: "any",
  tags: [],
  hash: hashVirtualKeySecret("any"),
  createdAtMs: 0,
};

function describe(explanation: ExplanationWithChoice): string {
  const { revision, listener, asks, authentication, refusal, ...rest } = explanation;
  const rows: [string, string | undefined][] = [
    ["revision", revision === 0 ? undefined : String(revision)],
    ["comes by", listener],
    ["asks for", asks],
    ["open to", authentication],
    ["goes to", rest.target],
    ...rest.choice.map((line): [string, string] => ["chooses", line]),
    ["policies", rest.policies.join(", ") || undefined],
    ...rest.limits.map((limit): [string, string] => ["limit", limit]),
    ["prompt", rest.prompt],
    ["cached", rest.caching],
    ["rewritten", rest.transformation],
    ["price", rest.price],
    ["refused", refusal],
  ];
  return rows.map(([name, value]) => (value === undefined ? "" : `${name.padEnd(10)} ${value}\n`)).join("");
}

function pathOf(text: string): string {
  if (text.startsWith("/")) return text;
  throw new CommandError(`A path begins with a slash: ${JSON.stringify(text)} does not.`);
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new CommandError(`${JSON.stringify(text)} is no port.`);
}

function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(":");
      if (colon < 1)
        throw new CommandError(`A header is written as name: value, not ${JSON.stringify(line)}.`);
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

function modelOf(body: string | undefined): string {
  if (body === undefined) return "";
  try {
    const json = JSON.parse(body) as { model?: unknown } | null;
    return typeof json?.model === "string" ? json.model : "";
  } catch {
    throw new CommandError("The body given with -d is no JSON.");
  }
}

function keyOf(text: string, keys: readonly VirtualKey[]): VirtualKey {
  const hash = hashVirtualKeySecret(text);
  const found = keys.find(({ id, hash: own }) => id === text || own === hash);
  if (found !== undefined) return found;
  // Not repeated: it may be a key of another mesh.
  throw new CommandError("There is no virtual key of this id, nor does this key open one.");
}
