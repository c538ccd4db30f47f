import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createVirtualKeySecret } from "@sluice/resources/virtual-key";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Mesh, startMesh } from "./support/mesh.ts";
import { sendChat } from "./support/raw-request.ts";
import { createKey, runSluice } from "./support/run-sluice.ts";
import { collect } from "./support/sample-content.ts";

const configuration = `
backends: {openai: {provider: openai}}
models: [{name: steady, backend: openai, providerModel: gpt-4o}]
`;
const withMore = `
backends: {openai: {provider: openai}, anthropic: {provider: anthropic}}
models:
  - {name: steady, backend: anthropic, providerModel: claude-sonnet-4-5}
  - {name: added, backend: anthropic, providerModel: claude-sonnet-4-5}
`;
const withFaults = `
backends: {openai: {provider: openai, apiKey: sk-literal}}
models: [{name: steady, backend: opnai}]
gateway: {maxBody: 1}
`;

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh({ configuration, replicas: "auth=3,router=2" });
});
afterAll(async () => {
  await mesh?.stop();
});

async function apply(text: string) {
  await writeFile(join(mesh.dataDir, "changed.yaml"), text);
  return runSluice(mesh, "apply", "changed.yaml");
}

function ask(model: string, key?: string): Promise<Response> {
  return sendChat(mesh, { dialect: "openai", model, text: "Hi", ...(key === undefined ? {} : { key }) });
}

/** Asks without a pause until it is told to stop, and gives the status and the backend of each answer. */
function askSteadily(model: string): { stop: () => Promise<{ status: number; backend: string | null }[]> } {
  let going = true;
  const one = async function* () {
    while (going) {
      const response = await ask(model);
      await response.text();
      yield { status: response.status, backend: response.headers.get("x-sluice-backend") };
    }
  };
  const running = Promise.all([collect(one()), collect(one()), collect(one())]);
  return {
    stop: async () => {
      going = false;
      return (await running).flat();
    },
  };
}

describe("sluice apply", () => {
  test("takes a changed file live under steady requests, and none of them fails", async () => {
    expect((await ask("added")).status).toBe(404);
    const steady = askSteadily("steady");
    const { code, error } = await apply(withMore);
    expect({ code, error }).toEqual({ code: 0, error: "Applied changed.yaml as revision 2.\n" });
    await expect.poll(async () => (await ask("added")).status, { interval: 20 }).toBe(200);
    const answers = await steady.stop();
    expect(answers.length).toBeGreaterThan(20);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const backends = answers.map(({ backend }) => backend);
    expect(new Set(backends)).toEqual(new Set(["openai", "anthropic"]));
    expect((await ask("steady")).headers.get("x-sluice-backend")).toBe("anthropic");
  });

  test("refuses a bad file as a whole, names every problem, and the one before goes on", async () => {
    const { code, out, error } = await apply(withFaults);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    const lines = error.trimEnd().split("\n");
    expect(lines.at(-1)).toBe("sluice: 3 problems; nothing was changed.");
    expect(
      lines.slice(0, -1).map((line) => line.replace(/^changed\.yaml:\d+:\d+: ([^:]+):.*/, "$1")),
    ).toEqual(["backends.openai.apiKey", "models[0].backend", "gateway.maxBody"]);
    expect(error).not.toContain("sk-literal");
    expect((await ask("added")).status).toBe(200);
    expect((await ask("steady")).headers.get("x-sluice-backend")).toBe("anthropic");
  });

  test("a stream that began under the file before goes on to its end", async () => {
    const response = await sendChat(mesh, {
      dialect: "openai",
      model: "added",
      text: "[[sim chunks=60 chunk-ms=20]]",
      stream: true,
    });
    expect((await apply(configuration)).code).toBe(0);
    await expect.poll(async () => (await ask("added")).status, { interval: 20 }).toBe(404);
    const text = await response.text();
    expect(text.trimEnd().endsWith("data: [DONE]")).toBe(true);
    expect(text.match(/"content":"[^"]+"/g)).toHaveLength(60);
  });
});

const short = `
models: [openai/gpt-4o-mini, {name: steady, backend: openai, providerModel: gpt-4o}]
virtualModels: [{name: fast, model: gpt-4o-mini}]
keys: [{name: app, team: search, models: [fast], value: {file: app.key}}]
`;
const table = `
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: {name: more}
spec: {models: [{name: from-table, destination: {aiBackend: {name: claude}}, providerModel: claude-sonnet-4-5}]}
`;
const backend = `
apiVersion: sluice.dev/v1
kind: AIBackend
metadata: {name: claude}
spec: {provider: anthropic}
`;

describe("a configuration in its short form", () => {
  test("serves its models, its other names for them, and the keys that it declares", async () => {
    const secret = createVirtualKeySecret();
    await writeFile(join(mesh.dataDir, "app.key"), `${secret}\n`);
    const wait = { timeout: 2000, interval: 20 };
    expect(await apply(short)).toMatchObject({ code: 0 });
    await expect.poll(async () => (await ask("fast", secret)).status, wait).toBe(200);
    expect((await ask("fast", secret)).headers.get("x-sluice-model")).toBe("gpt-4o-mini");
    expect((await ask("steady", secret)).status).toBe(403);
    expect((await ask("steady")).status).toBe(200);
    expect((await apply(configuration)).code).toBe(0);
    await expect.poll(async () => (await ask("fast", secret)).status, wait).toBe(401);
  });
});

describe("resources", () => {
  async function applyText(text: string, ...more: string[]) {
    await writeFile(join(mesh.dataDir, "resources.yaml"), text);
    return runSluice(mesh, "apply", "-f", "resources.yaml", ...more);
  }
  async function described(...of: string[]) {
    return JSON.parse((await runSluice(mesh, "describe", ...of, "-o", "json")).out) as unknown;
  }

  test("serve models that are closed until all is there, and tell what they lack", async () => {
    expect((await applyText(table)).error).toContain("model from-table: there is no AIBackend claude");
    await expect
      .poll(async () => (await ask("from-table")).status, { timeout: 2000, interval: 20 })
      .toBe(503);
    expect(await described("routetable", "more")).toMatchObject({
      refersTo: [{ resource: "AIBackend claude", found: false }],
      conditions: [
        { status: "True" },
        { status: "False", reason: "BackendNotFound" },
        { type: "Programmed" },
      ],
    });
    expect((await applyText(backend, "--as", "ada", "--message", "a trial")).code).toBe(0);
    await expect
      .poll(async () => (await ask("from-table")).status, { timeout: 2000, interval: 20 })
      .toBe(200);
    expect(await described("aibackend", "claude")).toMatchObject({
      referredToBy: [{ resource: "RouteTable more" }],
      lastChange: { by: "ada", reason: "a trial" },
    });
    await expect
      .poll(async () => (await runSluice(mesh, "get", "routetable")).out, { timeout: 5000, interval: 100 })
      .toMatch(/^RouteTable +default +more +yes +-$/m);
    expect((await runSluice(mesh, "status")).out).toMatch(
      /configuration is \d+; every instance works by it\.$/m,
    );
  });

  test("leave each of their changes in the ledger, from the first start on", async () => {
    const audit = async () => JSON.parse((await runSluice(mesh, "audit", "-o", "json")).out) as object[];
    await expect.poll(audit, { timeout: 10_000, interval: 200 }).toContainEqual(
      expect.objectContaining({
        kind: "AIBackend",
        name: "claude",
        type: "created",
        by: "ada",
        reason: "a trial",
      }),
    );
    expect((await audit()).at(-1)).toMatchObject({
      revision: 1,
      previousRevision: 0,
      by: expect.stringMatching(/^supervisor@/),
      kind: "Configuration",
      name: "sluice.yaml",
      type: "created",
    });
    expect(JSON.stringify(await audit())).not.toContain("sk-sluice");
  });
});

describe("sluice keys", () => {
  test("a new key works at once, and a revoked one is refused by every replica", async () => {
    const { id, secret } = await createKey(mesh);
    await expect.poll(async () => (await ask("steady", secret)).status, { interval: 20 }).toBe(200);
    const { code, error } = await runSluice(mesh, "keys", "revoke", id);
    expect(code).toBe(0);
    expect(error).toContain(`Revoked ${id}`);
    // With three replicas of auth, thirty refusals in a row miss none of them but once in a hundred thousand runs.
    const refusals = () => Promise.all(Array.from({ length: 30 }, () => ask("steady", secret)));
    await expect
      .poll(async () => new Set((await refusals()).map(({ status }) => status)), {
        interval: 20,
      })
      .toEqual(new Set([401]));
    expect((await ask("steady")).status).toBe(200);
  });

  test("a rotated key gives way to its new secret, after its grace if it has one", async () => {
    const { id, secret } = await createKey(mesh);
    const rotated = await runSluice(mesh, "keys", "rotate", id, "--grace", "1h", "--json");
    const next = (JSON.parse(rotated.out) as { secret: string }).secret;
    await expect.poll(async () => (await ask("steady", next)).status, { interval: 20 }).toBe(200);
    expect((await ask("steady", secret)).status).toBe(200);
    const again = await runSluice(mesh, "keys", "rotate", id, "--json");
    const last = (JSON.parse(again.out) as { secret: string }).secret;
    const statuses = () =>
      Promise.all([secret, next, last].map(async (key) => (await ask("steady", key)).status));
    await expect.poll(statuses, { interval: 20 }).toEqual([401, 401, 200]);
  });
});
