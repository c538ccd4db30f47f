import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { billedTokens } from "./support/booked-usage.ts";
import { askLedger } from "./support/ledger.ts";
import { type Mesh, startMesh } from "./support/mesh.ts";
import { clientDialects, keyHeaders, sendChat } from "./support/raw-request.ts";
import { type CreatedKey, createKey } from "./support/run-sluice.ts";
import { billTotals, wholeBill } from "./support/simulator.ts";

const configuration = `
backends:
  openai: {provider: openai, retries: {baseDelay: 1ms}}
  anthropic: {provider: anthropic, retries: {baseDelay: 1ms}}
  gemini: {provider: gemini, retries: {baseDelay: 1ms}}
models:
  - {name: gpt-*, backend: openai}
  - {name: text-embedding-*, backend: openai}
  - {name: claude-*, backend: anthropic}
  - {name: gemini-*, backend: gemini}
prices:
  - {model: "gpt-*", usdPerMillionTokens: {input: 1.25, cachedInput: 0.125, output: 10}}
  - {model: "claude-*", usdPerMillionTokens: {input: 3, cachedInput: 0.3, output: 15}}
  - {model: "gemini-*", usdPerMillionTokens: {input: 0.3, cachedInput: 0.03, output: 2.5}}
  - {model: "text-embedding-*", usdPerMillionTokens: {input: 0.02}}
`;
/** Nano-dollars per token, as configured above. */
const nanoUsdPerToken = {
  "gpt-": { input: 1250n, cachedInput: 125n, output: 10_000n },
  "claude-": { input: 3000n, cachedInput: 300n, output: 15_000n },
  "gemini-": { input: 300n, cachedInput: 30n, output: 2500n },
  "text-embedding-": { input: 20n, cachedInput: 20n, output: 0n },
};

/** What the providers are made to do, and whether the reply is read to its end. */
const behaviours: { directive: string; stream: boolean; leaves?: boolean }[] = [
  { directive: "", stream: false },
  { directive: "", stream: true },
  { directive: "[[sim chunks=40 cached=2]]", stream: false },
  { directive: "[[sim chunks=40 cached=2 burst=8]]", stream: true },
  { directive: "[[sim reasoning=5]]", stream: true },
  { directive: "[[sim usage=none]]", stream: false },
  { directive: "[[sim usage=none]]", stream: true },
  { directive: "[[sim status=500]]", stream: false },
  { directive: "[[sim status=429 retry-after=0]]", stream: true },
  { directive: "[[sim status=400]]", stream: false },
  { directive: "[[sim cut-after=4]]", stream: true },
  { directive: "[[sim error-after=4]]", stream: true },
  { directive: "[[sim stall-after=6]]", stream: true, leaves: true },
];
const models = ["gpt-4o-mini", "claude-sonnet-4-5", "gemini-2.5-flash"];
const teams = ["red", "blue"];

let mesh: Mesh;
const keys = new Map<string, CreatedKey>();
beforeAll(async () => {
  mesh = await startMesh({ configuration, replicas: "router=2" });
  for (const team of teams) {
    const owner = ["--team", team, "--user", `${team}@example.org`, "--tag", "all", "--tag", `tag-${team}`];
    keys.set(team, await createKey(mesh, ...owner));
  }
});
afterAll(async () => {
  await mesh?.stop();
});

/** Each team's calls are told from the other's by the model, in the ledger and on the bill. */
function modelOf(family: string, team: string): string {
  return `${family}-${team}`;
}

/** All combinations, as work to be done. */
function load(): (() => Promise<void>)[] {
  return teams.flatMap((team) => {
    const key = keys.get(team)?.secret ?? "";
    const chats = clientDialects.flatMap((dialect) =>
      models.flatMap((family) =>
        behaviours.map(({ directive, stream, leaves }, index) => async () => {
          const leaving = new AbortController();
          const response = await sendChat(mesh, {
            dialect,
            model: modelOf(family, team),
            text: `Question ${index} of ${team} to the ${dialect} endpoint. ${directive}`,
            stream,
            key,
            signal: leaving.signal,
          });
          // The simulator's pieces come as events of which each holds one; six are all that will ever come.
          if (leaves === true) await readText(response, 6).then(() => leaving.abort());
          else await response.text().catch(() => undefined);
        }),
      ),
    );
    const embeddings = ["text-embedding-3-small", "gemini-embedding-001"].map((family) => async () => {
      const response = await fetch(`${mesh.gateway}/v1/embeddings`, {
        method: "POST",
        headers: { "content-type": "application/json", ...keyHeaders("openai", key) },
        body: JSON.stringify({ model: modelOf(family, team), input: ["some text", "more text"] }),
      });
      await response.text();
    });
    return [...chats, ...embeddings];
  });
}

/** Reads a stream until so many words have come. */
async function readText(response: Response, pieces: number): Promise<void> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    const found = text.match(/"(?:content|text)":\s*"[^"]+"/g) ?? [];
    if (found.length >= pieces) return;
  }
}

/** Does the work, so much at a time. */
async function run(work: (() => Promise<void>)[], atOnce: number): Promise<void> {
  const left = [...work];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await next();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

const count = z.int();
const spendSchema = z.object({
  rows: z.array(
    z.looseObject({
      team: z.string().nullish(),
      model: z.string().nullish(),
      tag: z.string().nullish(),
      provider: z.string().nullish(),
      requests: count,
      calls: count,
      inputTokens: count,
      outputTokens: count,
      cachedInputTokens: count,
      cacheWriteInputTokens: count,
      reasoningTokens: count,
      costUsd: z.string().nullable(),
      unpricedRequests: count,
      openRequests: count,
    }),
  ),
  next: z.null(),
});
type SpendRow = z.infer<typeof spendSchema>["rows"][number];

async function spend(groupBy: string): Promise<SpendRow[]> {
  const response = await askLedger(mesh, `/v1/spend?group_by=${groupBy}&limit=1000`);
  return spendSchema.parse(await response.json()).rows;
}

function costNanoUsd(row: SpendRow): bigint {
  const [whole = "0", fraction = ""] = (row.costUsd ?? "0").split(".");
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
}

describe("after a mixed load over all endpoints and providers", () => {
  const work = load;
  beforeAll(async () => {
    await run(work(), 16);
    await vi.waitFor(
      async () => {
        const rows = await spend("");
        expect(rows).toMatchObject([{ calls: (await wholeBill(mesh)).length, openRequests: 0 }]);
      },
      { timeout: 30_000, interval: 200 },
    );
  }, 120_000);

  test.each(["openai", "anthropic", "gemini"] as const)(
    "the ledger's totals of %s are the bill's",
    async (name) => {
      const row = (await spend("provider")).find(({ provider }) => provider === name);
      const { calls, ...tokens } = await billTotals(mesh, name);
      expect(row).toMatchObject({ calls, ...tokens });
    },
  );

  test("each model's tokens are the bill's, and its cost is theirs times the price", async () => {
    const bill = await wholeBill(mesh);
    const rows = await spend("model");
    expect(rows.map(({ model }) => model).sort()).toEqual(
      [...new Set(bill.map(({ model }) => model))].sort(),
    );
    for (const row of rows) {
      const sum = {
        inputTokens: 0,
        outputTokens: 0,
        cachedInputTokens: 0,
        cacheWriteInputTokens: 0,
        reasoningTokens: 0,
      };
      for (const billRow of bill.filter(({ model }) => model === row.model)) {
        const tokens = billedTokens(billRow);
        for (const [name, value] of Object.entries(tokens)) sum[name as keyof typeof sum] += value;
      }
      expect(row).toMatchObject(sum);
      const price = Object.entries(nanoUsdPerToken).find(([prefix]) => row.model?.startsWith(prefix))?.[1];
      const cost =
        BigInt(sum.inputTokens - sum.cachedInputTokens) * (price?.input ?? 0n) +
        BigInt(sum.cachedInputTokens) * (price?.cachedInput ?? 0n) +
        BigInt(sum.outputTokens) * (price?.output ?? 0n);
      expect({ model: row.model, nanoUsd: costNanoUsd(row) }).toEqual({ model: row.model, nanoUsd: cost });
    }
  });

  test("teams and tags add up to what their models spent", async () => {
    const [all] = await spend("");
    const byModel = await spend("model");
    const byTeam = await spend("team");
    const byTag = await spend("tag");
    expect(byTeam.map(({ team }) => team).sort()).toEqual([...teams].sort());
    expect(byTag.map(({ tag }) => tag).sort()).toEqual(["all", "tag-blue", "tag-red"]);
    const fields = ["requests", "calls", "inputTokens", "outputTokens", "reasoningTokens"] as const;
    const pick = (row: SpendRow | undefined) => fields.map((field) => row?.[field]);
    for (const team of teams) {
      const own = byModel.filter(({ model }) => model?.endsWith(`-${team}`));
      const sums = fields.map((field) => own.reduce((sum, row) => sum + row[field], 0));
      const row = byTeam.find((candidate) => candidate.team === team);
      expect(pick(row)).toEqual(sums);
      expect(pick(byTag.find(({ tag }) => tag === `tag-${team}`))).toEqual(sums);
      expect(row && costNanoUsd(row)).toBe(own.reduce((sum, each) => sum + costNanoUsd(each), 0n));
    }
    expect(pick(byTag.find(({ tag }) => tag === "all"))).toEqual(pick(all));
    expect(all?.requests).toBe(work().length);
  });

  test("as CSV it says the same", async () => {
    const rows = await spend("team,model");
    const response = await askLedger(mesh, "/v1/spend?group_by=team,model&limit=1000", "text/csv");
    expect(response.headers.get("content-type")).toMatch(/^text\/csv/);
    const [titles = "", ...lines] = (await response.text()).trimEnd().split(/\r?\n/);
    const names = titles.split(",");
    expect(names.slice(0, 2)).toEqual(["team", "model"]);
    const cells = lines.map((line) =>
      Object.fromEntries(line.split(",").map((cell, index) => [names[index], cell])),
    );
    expect(cells).toEqual(
      rows.map((row) => Object.fromEntries(names.map((name) => [name, String(row[name] ?? "")]))),
    );
  });

  test.each(["unsettled", "unpriced", "open"])("nothing is %s", async (status) => {
    const response = await askLedger(mesh, `/v1/requests?status=${status}`);
    expect(await response.json()).toEqual({ rows: [], next: null });
  });
});
