import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { settledCalls } from "./support/ledger.ts";
import { type Mesh, startMesh } from "./support/mesh.ts";
import { type ClientDialect, clientDialects, sendChat } from "./support/raw-request.ts";
import { createKey, runSluice } from "./support/run-sluice.ts";
import { providerRequests } from "./support/simulator.ts";

const configuration = `
guardPolicies:
  mails: { prompt: [{ detector: email, action: mask }] }
models: [gpt-5, gpt-5-mini, { name: claude-sonnet-4-5, guardPolicies: [mails] }, gemini-2.5-flash, gpt-4o-mini]
virtualModels:
  - name: auto
    choose:
      - { when: "prompt.images > 0", model: gemini-2.5-flash }
      - { when: "identity.team == 'research' || request.headers['x-tier'] == 'gold'", model: best }
      - { when: "prompt.language == 'de'", model: claude-sonnet-4-5 }
      - { when: "prompt.code || prompt.intent == 'code'", model: gpt-5 }
      - { model: gpt-5-mini }
    intents: { model: gpt-4o-mini, of: { code: programs, chat: all else } }
  - { name: best, targets: [gpt-5, { model: claude-sonnet-4-5, priority: 1 }] }
  - name: strict
    choose: [{ when: "prompt.intent == 'code'", model: gpt-5 }]
    intents: { model: gpt-4o-mini, of: { code: programs }, failure: closed, timeout: 300ms }
`;
const route = `
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: chosen }
spec:
  routes:
    - name: chosen
      match: [{ path: { exact: /chosen } }]
      destination: { model: auto }
`;

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh({ configuration, replicas: "router=2" });
});
afterEach(async () => {
  for (const what of ["faults", "requests"]) await control("DELETE", what);
});
afterAll(async () => {
  await mesh?.stop();
});

async function control(method: string, what: string, body?: object): Promise<void> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  await fetch(`${mesh.simulatorUrl}/control/${what}`, { method, ...sent });
}

interface Question {
  text: string;
  dialect?: ClientDialect;
  model?: string;
  headers?: Record<string, string>;
  key?: string;
  stream?: boolean;
}

/** Who was chosen and who answered; the status where nobody did. */
async function ask({ dialect = "openai", model = "auto", ...question }: Question) {
  const response = await sendChat(mesh, { dialect, model, ...question });
  const text = await response.text();
  const { headers, status } = response;
  return {
    status,
    text,
    chosen: headers.get("x-sluice-chosen"),
    model: headers.get("x-sluice-model"),
    requestId: headers.get("x-request-id"),
  };
}

const german = "Bitte hilf mir, einen kurzen Brief an meinen Vermieter zu schreiben.";
const code = "Why does this fail?\n```js\nfoo();\n```";

describe("the model is chosen", () => {
  it.each(clientDialects)("by the language and the code of a prompt, for clients of %s", async (dialect) => {
    expect(await ask({ dialect, text: german })).toMatchObject({ status: 200, model: "claude-sonnet-4-5" });
    expect(await ask({ dialect, text: code, stream: true })).toMatchObject({ status: 200, model: "gpt-5" });
    expect(await providerRequests(mesh, "gpt-4o-mini")).toEqual([]);
  });

  it("by a header, with the failover of the model that it leads to", async () => {
    await control("POST", "faults", { match: { model: "gpt-5" }, fault: { status: 500 } });
    expect(await ask({ text: "Hi", headers: { "x-tier": "gold" } })).toMatchObject({
      status: 200,
      chosen: "best",
      model: "claude-sonnet-4-5",
    });
  });

  it("by the team of the key, which needs no right to the model", async () => {
    const { secret: key } = await createKey(mesh, "--team", "research", "--model", "auto");
    await expect
      .poll(async () => (await ask({ text: "Hi", key })).status, { timeout: 15_000, interval: 100 })
      .toBe(200);
    expect(await ask({ text: "Hi", key })).toMatchObject({ chosen: "best", model: "gpt-5" });
  });

  it("by images, behind the guard policies of all models that could answer", async () => {
    const body = {
      model: "auto",
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "Is this ada@example.com?" },
            { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
          ],
        },
      ],
    };
    const response = await fetch(`${mesh.gateway}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${mesh.apiKey}` },
      body: JSON.stringify(body),
    });
    expect([response.status, response.headers.get("x-sluice-chosen")]).toEqual([200, "gemini-2.5-flash"]);
    const [asked] = await providerRequests(mesh, "gemini-2.5-flash");
    expect(JSON.stringify(asked)).not.toContain("ada@example.com");
  });
});

describe("the intent", () => {
  const text = "Could you put this list in order for me, please?";

  it("is asked of its model, as a request with an entry of its own", async () => {
    await control("POST", "faults", { match: { model: "gpt-4o-mini" }, fault: { say: "code" } });
    const { requestId, ...answered } = await ask({ text, stream: true });
    expect(answered).toMatchObject({ status: 200, chosen: "gpt-5", model: "gpt-5" });
    expect(await settledCalls(mesh, requestId, 2)).toMatchObject([
      { requestId, requestModel: "auto", model: "gpt-5", usageSource: "provider" },
      {
        workflow: "auto",
        workflowStep: "intent",
        parentRequestId: requestId,
        model: "gpt-4o-mini",
        usageSource: "provider",
      },
    ]);
    const [question] = await providerRequests(mesh, "gpt-4o-mini");
    expect(JSON.stringify(question?.body)).toContain("- code: programs");
  });

  it.each([
    ["is none of those that there are", { say: "Ignore that. gpt-5!" }],
    ["can't be had", { status: 500 }],
  ])("that %s is unknown", async (_what, fault) => {
    await control("POST", "faults", { match: { model: "gpt-4o-mini" }, fault });
    expect(await ask({ text })).toMatchObject({ status: 200, chosen: "gpt-5-mini" });
  });

  it("that takes too long refuses the request where that is wanted", async () => {
    await control("POST", "faults", { match: { model: "gpt-4o-mini" }, fault: { hang: true } });
    expect(await ask({ text, model: "strict" })).toMatchObject({ status: 503 });
  });

  it("that no condition is for, without a default, finds no model", async () => {
    await control("POST", "faults", { match: { model: "gpt-4o-mini" }, fault: { say: "unknown" } });
    const { status, text: error } = await ask({ text, model: "strict" });
    expect(status).toBe(404);
    expect(error).toContain(
      "None of the choices of the model strict fits the request, and it has no default.",
    );
  });
});

it("a route leads to a model that chooses, and sluice explain says what it takes", async () => {
  const file = join(mesh.dataDir, "route.yaml");
  await writeFile(file, route);
  expect((await runSluice(mesh, "apply", "-f", file)).error).not.toContain("warning");
  const send = () =>
    fetch(`${mesh.gateway}/chosen`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${mesh.apiKey}`,
        "x-tier": "gold",
      },
      body: JSON.stringify({ messages: [{ role: "user", content: "Hi" }], model: "anything" }),
    });
  await expect
    .poll(async () => (await send()).headers.get("x-sluice-chosen"), { timeout: 15_000 })
    .toBe("best");
  const body = JSON.stringify({ messages: [{ role: "user", content: german }] });
  const { out } = await runSluice(mesh, "explain", "/chosen", "-d", body, "--key", mesh.apiKey);
  expect(out).toContain("chooses    claude-sonnet-4-5 (choose[2]: prompt.language == 'de')");
});
