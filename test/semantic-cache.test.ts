import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { askLedger, settledCalls } from "./support/ledger.ts";
import { type Mesh, startMesh } from "./support/mesh.ts";
import { createKey, runSluice } from "./support/run-sluice.ts";
import { providerRequests } from "./support/simulator.ts";

const example = fileURLToPath(new URL("../examples/semantic-cache/sluice.yaml", import.meta.url));
const [model, embeddingModel] = ["gpt-5-mini", "text-embedding-3-small"];

let mesh: Mesh;
/** Two teams, which share nothing. */
let support: OpenAI;
let sales: OpenAI;
beforeAll(async () => {
  mesh = await startMesh({ configuration: await readFile(example, "utf8") });
  [support, sales] = (await Promise.all(["support", "sales"].map(clientOf))) as [OpenAI, OpenAI];
});
afterAll(() => mesh?.stop());

async function clientOf(team: string): Promise<OpenAI> {
  const { secret } = await createKey(mesh, "--team", team);
  const client = new OpenAI({ baseURL: `${mesh.gateway}/v1`, apiKey: secret, maxRetries: 0 });
  await vi.waitFor(() => client.models.list(), { timeout: 15_000, interval: 100 });
  return client;
}

interface Asked {
  requestId: string | null;
  text: string | null | undefined;
  cache: string | null;
  similarity: string | null;
}

/** @param request besides model and question */
async function ask(
  client: OpenAI,
  question: string,
  { system = "You know passwords.", ...request }: Record<string, unknown> = {},
): Promise<Asked> {
  const { data, response } = await client.chat.completions
    .create({
      model,
      temperature: 0,
      messages: [
        { role: "system", content: String(system) },
        { role: "user", content: question },
      ],
      ...request,
      stream: false,
    })
    .withResponse();
  return {
    requestId: response.headers.get("x-request-id"),
    text: data.choices[0]?.message.content,
    cache: response.headers.get("x-sluice-cache"),
    similarity: response.headers.get("x-sluice-cache-similarity"),
  };
}

/** Hits of the model, as far as they are booked. */
async function cacheHits(): Promise<unknown> {
  const spend = await askLedger(mesh, `/v1/spend?group_by=model&model=${model}`);
  const { rows } = z.object({ rows: z.array(z.looseObject({})) }).parse(await spend.json());
  return rows[0]?.cacheHits;
}

/** The same words in another order have the same vector at the simulator. */
function* orders(question: string): Generator<string, string> {
  const words = question.split(" ");
  for (let turn = 1; ; turn = (turn % (words.length - 1)) + 1) {
    yield [...words.slice(turn), ...words.slice(0, turn)].join(" ");
  }
}

/** Asks in ever other words, until the ledger knows the question. */
async function askInOtherWords(client: OpenAI, question: string): Promise<Asked & { question: string }> {
  const others = orders(question);
  let last: Asked & { question: string } = {
    requestId: null,
    text: "",
    cache: null,
    similarity: null,
    question,
  };
  await expect
    .poll(async () => {
      const other = others.next().value;
      last = { ...(await ask(client, other)), question: other };
      return last.similarity;
    })
    .not.toBeNull();
  return last;
}

test("a question in other words has the reply of the first, which is booked as a hit beside its vector", async () => {
  const question = "how can the password of my account be changed by me";
  const first = await ask(support, question);
  expect(first).toMatchObject({ cache: "miss", similarity: null });
  const calls = await settledCalls(mesh, first.requestId, 2);
  expect(calls).toMatchObject([
    { model, outcome: "completed", parentRequestId: null },
    { model: embeddingModel, outcome: "completed", parentRequestId: first.requestId, team: "support" },
  ]);

  expect(await ask(support, question)).toMatchObject({ cache: "hit", similarity: null, text: first.text });

  const similar = await askInOtherWords(support, question);
  expect(similar).toMatchObject({ cache: "hit", similarity: "1.0000", text: expect.any(String) as string });
  const booked = await settledCalls(mesh, similar.requestId, 2);
  expect(booked.map((call) => [call.model, call.outcome, call.inputTokens === 0])).toEqual([
    [model, "cached", true],
    [embeddingModel, "completed", false],
  ]);

  // From then on its own words are enough.
  const vectors = (await providerRequests(mesh, embeddingModel)).length;
  expect(await ask(support, similar.question)).toMatchObject({ cache: "hit", similarity: "1.0000" });
  expect((await providerRequests(mesh, embeddingModel)).length).toBe(vectors);

  await expect.poll(cacheHits).toBe(3);
});

test("nothing is found of another team, nor where anything else of the request is different", async () => {
  const question = "where is the key of 3 doors kept by us";
  await ask(support, question);
  const { question: other } = await askInOtherWords(support, question);
  const last = `${other.split(" ").toReversed().join(" ")}`;
  for (const [client, words, request] of [
    [sales, last, {}],
    [support, last, { system: "You know doors." }],
    [support, last, { temperature: 0.2 }],
    [support, last, { max_completion_tokens: 100 }],
    [support, last.replace("3", "4"), {}],
  ] as const) {
    expect(await ask(client, words, request)).toMatchObject({ cache: "miss", similarity: null });
  }
  expect(await ask(support, last, { temperature: 0.5 })).toMatchObject({ cache: "bypass" });
  const tools = [
    { type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } },
  ];
  expect(await ask(support, last, { tools })).toMatchObject({ cache: "bypass" });
  expect(await ask(support, last)).toMatchObject({ cache: "hit", similarity: "1.0000" });
});

test("what is invalidated is not found in other words either", async () => {
  const question = "when does the shop close its doors on a holiday";
  await ask(support, question);
  await askInOtherWords(support, question);
  expect(await runSluice(mesh, "cache", "invalidate", "--all")).toMatchObject({ code: 0 });
  const words = question.split(" ").toReversed().join(" ");
  expect(await ask(support, words)).toMatchObject({ cache: "miss", similarity: null });
});

test("without a vector a request goes to its model, as one that is not cached", async () => {
  const fault = { match: { model: embeddingModel }, fault: { status: 500 } };
  await fetch(`${mesh.simulatorUrl}/control/faults`, { method: "POST", body: JSON.stringify(fault) });
  const asked = await ask(support, "what is a gateway good for");
  expect(asked).toMatchObject({ cache: "miss", similarity: null, text: expect.any(String) as string });
  await fetch(`${mesh.simulatorUrl}/control/faults`, { method: "DELETE" });
});
