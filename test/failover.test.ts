import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Mesh, startMesh } from "./support/mesh.ts";
import { sendChat } from "./support/raw-request.ts";

/** Hangs up on whoever connects. */
const hangsUp: Server = createServer((socket) => socket.destroy());

/** Each name has a first target that fails in a way of its own, and a second one that answers. */
const ways = ["limited", "broken", "hanging", "resetting", "nameless"];

function configuration(port: number): string {
  return `
backends:
  sound: { provider: anthropic }
  failing: { provider: openai, timeouts: { firstToken: 300ms } }
  resting: { provider: openai }
  patient: { provider: openai }
  resetting: { provider: openai, baseUrl: "http://127.0.0.1:${port}/v1" }
  nameless: { provider: openai, baseUrl: "http://no-such-host.invalid/v1" }
models:
  - { name: claude-sonnet-4-5, backend: sound }
  - { name: limited-model, backend: failing }
  - { name: broken-model, backend: failing }
  - { name: hanging-model, backend: failing }
  - { name: resetting-model, backend: resetting }
  - { name: nameless-model, backend: nameless }
  - { name: swift-model, backend: resting }
  - { name: slow-model, backend: patient }
  - { name: cut-model, backend: patient }
  - { name: down-model, backend: patient, lastResort: { text: Please try again later. } }
virtualModels:
  - { name: quickest, targets: [swift-model, slow-model], strategy: least-latency }
${ways.map((way) => `  - { name: ${way}, targets: [${way}-model, { model: claude-sonnet-4-5, priority: 1 }] }`).join("\n")}
  - name: cut
    targets: [cut-model, { model: claude-sonnet-4-5, priority: 1 }]
    midStream: continue
    guardPolicies: [masking]
guardPolicies:
  masking: { reply: [{ detector: email, action: mask }] }
`;
}

const faults = [
  { match: { model: "limited-model" }, fault: { status: 429 } },
  { match: { model: "broken-model" }, fault: { status: 500 } },
  { match: { model: "hanging-model" }, fault: { hang: true } },
  { match: { model: "slow-model" }, fault: { "latency-ms": 500 } },
  { match: { model: "cut-model" }, fault: { "cut-after": 3 } },
  { match: { model: "down-model" }, fault: { status: 503 } },
];
const requests = 1000;
const atOnce = 25;
const callsSchema = z.object({ requests: z.array(z.object({ body: z.unknown() })) });

let mesh: Mesh;
beforeAll(async () => {
  await new Promise<void>((resolve) => hangsUp.listen(0, "127.0.0.1", resolve));
  const address = hangsUp.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  mesh = await startMesh({ configuration: configuration(port), replicas: "router=2" });
  await control("POST", "/control/faults", faults);
});
afterAll(async () => {
  hangsUp.close();
  await mesh?.stop();
});

async function control(method: string, path: string, body?: unknown): Promise<unknown> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return await (await fetch(mesh.simulatorUrl + path, { method, ...sent })).json();
}

/** Who answered each of so many requests: the backend, or the status of an error. */
async function ask(model: string, count: number): Promise<Map<string, number>> {
  const served = new Map<string, number>();
  let left = count;
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const response = await sendChat(mesh, { dialect: "openai", model, text: "Hi" });
      await response.text();
      const by = response.ok
        ? (response.headers.get("x-sluice-backend") ?? "nobody")
        : String(response.status);
      served.set(by, (served.get(by) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  return served;
}

/** Calls of a model that reached the simulator. */
async function callsOf(model: string): Promise<number> {
  const { requests: seen } = callsSchema.parse(await control("GET", "/control/requests"));
  return seen.filter(({ body }) => JSON.stringify(body).includes(model)).length;
}

it("asks the target that answers sooner, and the other one now and then", async () => {
  await ask("quickest", 100);
  const served = await ask("quickest", 200);
  // By weight it would be a half; this is five standard deviations more.
  expect(served.get("resting")).toBeGreaterThan(100 + 5 * Math.sqrt(200 * 0.5 * 0.5));
});

describe("a client whose model can't answer as usual", () => {
  it("has one stream, behind a guard too, where a second target goes on with what the first broke off", async () => {
    const text = "[[sim chunks=9]]";
    const response = await sendChat(mesh, { dialect: "openai", model: "cut", text, stream: true });
    const body = await response.text();
    expect(response.headers.get("x-sluice-backend")).toBe("patient");
    const [before = "", after = ""] = body.split(': continued by "sound claude-sonnet-4-5"');
    expect(before.match(/"content":"[^"]/g)).toHaveLength(3);
    expect(after).toMatch(/"content":"[^"]/);
    expect(body).not.toContain('"error"');
    expect(body.match(/data: \[DONE\]/g)).toHaveLength(1);
  });

  it("has the model's last resort where nobody answers", async () => {
    const response = await sendChat(mesh, { dialect: "anthropic", model: "down-model", text: "Hi" });
    expect(response.headers.get("x-sluice-last-resort")).toBe("true");
    expect(await response.json()).toMatchObject({
      content: [{ type: "text", text: "Please try again later." }],
    });
  });
});

describe("a thousand requests for a model whose first target fails", () => {
  it.each(ways)("(%s) are all answered by the second", async (way) => {
    await control("DELETE", "/control/requests");
    expect(await ask(way, requests)).toEqual(new Map([["sound", requests]]));
    // Those that were under way when it showed, of each router, and a try now and then.
    expect(await callsOf(`${way}-model`)).toBeLessThan(requests / 5);
  });

  it("are answered by the first again when it is well", async () => {
    await control("DELETE", "/control/faults");
    await expect
      .poll(async () => (await ask("broken", 1)).has("failing"), { timeout: 60_000, interval: 500 })
      .toBe(true);
    expect(await ask("broken", 50)).toEqual(new Map([["failing", 50]]));
  });
});
