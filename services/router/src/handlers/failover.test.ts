import { createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { chatRequest } from "../testing/chat-requests.ts";
import { keys, type RouterBench, startRouterBench } from "../testing/router-bench.ts";

/** Hangs up on whoever connects. */
const hangsUp: Server = createServer((socket) => socket.destroy());

/** Models of the backend that fails as the simulator is told; each test has one that nothing is held against yet. */
const failing = Array.from({ length: 20 }, (_value, index) => `first-${index}`);
let used = 0;
const nextFailing = (): string => failing[used++] ?? "none is left";

/** Each virtual model has a first target that fails in a way of its own, and a second one that answers. */
function configuration(port: number): string {
  const others = ["resets", "refuses", "unknown-host", "keyless"];
  return `
backends:
  first: { provider: openai, baseUrl: $SIMULATOR/v1, timeouts: { firstToken: 150ms } }
  second: { provider: anthropic, baseUrl: $SIMULATOR }
  resets: { provider: openai, baseUrl: "http://127.0.0.1:${port}/v1" }
  refuses: { provider: openai, baseUrl: "http://127.0.0.1:9/v1" }
  unknown-host: { provider: openai, baseUrl: "http://no-such-host.invalid/v1" }
  keyless: { provider: openai, baseUrl: $SIMULATOR/v1, apiKey: { env: NO_SUCH_KEY } }
models:
  - { name: first-*, backend: first }
  - { name: second, backend: second, providerModel: claude-sonnet-4-5 }
${others.map((name) => `  - { name: ${name}, backend: ${name} }`).join("\n")}
virtualModels:
  - { name: all-fail, targets: [first-a, { model: first-b, priority: 1 }] }
${[...failing, ...others]
  .map((name) => `  - { name: ${name}-then-second, targets: [${name}, { model: second, priority: 1 }] }`)
  .join("\n")}
`;
}

let bench: RouterBench;
beforeAll(async () => {
  await new Promise<void>((resolve) => hangsUp.listen(0, "127.0.0.1", resolve));
  const address = hangsUp.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  bench = await startRouterBench({ configuration: configuration(port) });
  await bench.startRouter(keys);
  await bench.startRouter(keys);
});
afterEach(async () => {
  for (const path of ["/control/faults", "/control/requests", "/bill", "/control/state"])
    await bench.control(`DELETE ${path}`);
});
afterAll(async () => {
  hangsUp.close();
  await bench.stop();
});

function ask(model: string, text = "Hi", stream = false) {
  const { body } = chatRequest("openai", text, stream);
  return bench.send({ model, stream }, { ...body, model });
}

/** Calls that the simulator got for a model since the last test. */
async function callsOf(model: string): Promise<number> {
  const { requests } = (await bench.control("GET /control/requests")) as { requests: { body: string }[] };
  return requests.filter(({ body }) => JSON.stringify(body).includes(model)).length;
}

const fails = (model: string, fault: object) =>
  bench.control("POST /control/faults", { match: { model }, fault });

describe("a request whose first target fails", () => {
  it.each([
    ["with 429", nextFailing(), { status: 429 }],
    ["with 500", nextFailing(), { status: 500 }],
    ["with 401", nextFailing(), { status: 401 }],
    ["with 404", nextFailing(), { status: 404 }],
    ["by silence", nextFailing(), { hang: true }],
    ["in the middle of a plain reply", nextFailing(), { "cut-after": 1 }],
    ["by a reset", "resets", undefined],
    ["by a refused connection", "refuses", undefined],
    ["by an unknown host", "unknown-host", undefined],
    ["for want of a key", "keyless", undefined],
  ])("%s is answered by the second, each call an entry of its own", async (_how, model, fault) => {
    if (fault !== undefined) await fails(model, fault);
    const { answer, requestId } = ask(`${model}-then-second`);
    const calls = model === "keyless" ? 1 : 2;
    expect(await answer).toMatchObject({
      head: { status: 200, headers: { "x-sluice-backend": "second", "x-sluice-model": "claude-sonnet-4-5" } },
      end: { provider: "anthropic" },
      error: undefined,
    });
    expect(await bench.settled(requestId, calls)).toMatchObject({ outcome: "completed" });
    expect(bench.dispatched(requestId).map(({ backend }) => backend)).toEqual(
      calls === 1 ? ["second"] : [fault === undefined ? model : "first", "second"],
    );
    expect((await answer).head?.headers["x-sluice-attempts"]).toBe(calls === 1 ? undefined : "2");
  });

  it.each<[string, object]>([
    ["before its first chunk", { "cut-after": 0 }],
    ["with an error as its first event", { "error-after": 0 }],
    ["with an error in place", { status: 500 }],
  ])("%s of a stream is answered by the second", async (_when, fault) => {
    const model = nextFailing();
    await fails(model, fault);
    const { head, body, error } = await ask(`${model}-then-second`, "Hi", true).answer;
    expect(error).toBeUndefined();
    expect(head).toMatchObject({ status: 200, headers: { "x-sluice-backend": "second" } });
    expect(body).toMatch(/data: \[DONE\]\s*$/);
  });

  it("after the first chunk of a stream is told: the client has seen a part of it", async () => {
    const model = nextFailing();
    await fails(model, { "cut-after": 3 });
    const { head, error } = await ask(`${model}-then-second`, "[[sim chunks=9]]", true).answer;
    expect(head?.headers["x-sluice-backend"]).toBe("first");
    expect(error).toMatchObject({ code: "provider_stream_cut" });
  });

  it("through the client's fault has its answer, and no other target is asked", async () => {
    const model = nextFailing();
    await fails(model, { status: 400 });
    const { head } = await ask(`${model}-then-second`).answer;
    expect(head).toMatchObject({ status: 400, headers: { "x-sluice-backend": "first" } });
    expect(await callsOf("claude-sonnet-4-5")).toBe(0);
  });

  it("is told of the last failure where all fail, after as many calls as each allows", async () => {
    await bench.control("POST /control/faults", { fault: { status: 429, "retry-after": 60 } });
    const { head, body } = await ask("all-fail").answer;
    expect(head).toMatchObject({
      status: 429,
      headers: { "x-sluice-model": "first-b", "retry-after": "60" },
    });
    expect(JSON.parse(body)).toMatchObject({ error: { type: "requests" } });
    expect(await bench.control("GET /control/state")).toMatchObject({ calls: 2 });
  });
});

describe("a target that goes on failing", () => {
  it("is left alone by all routers but for calls that try it, and has its requests again when it answers", async () => {
    const model = nextFailing();
    await fails(model, { status: 503, "retry-after": 2 });
    const served = async () => (await ask(`${model}-then-second`).answer).head?.headers["x-sluice-backend"];
    for (let request = 0; request < 40; request++) expect(await served()).toBe("second");
    // One call told one router, and that one the other, before which that may have made one as well.
    expect(await callsOf(model)).toBeLessThanOrEqual(2);
    await bench.control("DELETE /control/faults");
    await expect.poll(served).toBe("first");
  });
});
