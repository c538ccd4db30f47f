import { listServices } from "@sluice/bus/list-services";
import type { StepDelivery } from "@sluice/bus/pipeline-step";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  answerOk,
  type IngressBench,
  jsonHeaders,
  startIngressBench,
  untilAborted,
} from "./testing/ingress-bench.ts";

const path = "/v1/chat/completions";

let bench: IngressBench;
beforeAll(async () => {
  bench = await startIngressBench();
});
afterEach(() => bench.answerWith(answerOk));
afterAll(() => bench.stop());

function post(body: string | Buffer, url = bench.ingress.url + path, headers = {}): Promise<Response> {
  return fetch(url, { method: "POST", headers: { ...jsonHeaders, ...headers }, body });
}

/** Has the step keep what it gets. */
function keepDeliveries(): { envelope: StepDelivery["envelope"]; body: Buffer }[] {
  const kept: { envelope: StepDelivery["envelope"]; body: Buffer }[] = [];
  bench.answerWith(async (delivery) => {
    kept.push({ envelope: delivery.envelope, body: Buffer.from(await delivery.body()) });
    await answerOk(delivery);
  });
  return kept;
}

describe("what a step gets of a request", () => {
  it.each([
    ["odd spacing", ' {\n\t"model" :"m" ,\r\n "messages": [ ]}\n '],
    ["unicode", '{"model":"m","a":"漢字 👩‍👩‍👧 \u2028 \\u00e9 é \\ud83d\\ude00"}'],
    ["duplicate keys", '{"model":"other","model":"m","a":1,"a":2}'],
    ["numbers of every form", '{"model":"m","a":[1.0,1e2,-0,12345678901234567890,1.10,1E+5]}'],
    ["a null character and escapes", '{"model":"m","a":"\\u0000\\/\\b\\u2028"}'],
  ])("is its body, byte for byte: %s", async (_name, body) => {
    const kept = keepDeliveries();
    expect((await post(body)).status).toBe(200);
    expect(kept.map((delivery) => delivery.body.toString())).toEqual([body]);
    expect(kept[0]?.envelope).toMatchObject({ model: "m", bodyBytes: Buffer.byteLength(body) });
  });

  it("is a body of 20 MB, too", async () => {
    const kept = keepDeliveries();
    const body = Buffer.from(`{"model":"m","a":"${"0123456789".repeat(2_000_000)}"}`);
    expect((await post(body)).status).toBe(200);
    expect(kept[0]?.body.equals(body)).toBe(true);
  });

  it("is an empty body for a list of models", async () => {
    const kept = keepDeliveries();
    const response = await fetch(`${bench.ingress.url}/v1/models/gpt-5`, {
      headers: { "anthropic-version": "2023-06-01", "x-api-key": "k" },
    });
    expect(await response.json()).toEqual({ ok: true });
    expect(kept).toMatchObject([
      {
        body: Buffer.alloc(0),
        envelope: {
          operation: "models",
          dialect: "anthropic",
          model: "gpt-5",
          stream: false,
          credential: "k",
        },
      },
    ]);
  });

  it("is the credential, the headers that change a reply, and the client's trace", async () => {
    const kept = keepDeliveries();
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const headers = { authorization: "Bearer sk-1", "openai-beta": "b", cookie: "c", traceparent };
    await post('{"model":"m","stream":true}', undefined, headers);
    expect(kept[0]?.envelope).toMatchObject({
      dialect: "openai",
      operation: "chat",
      stream: true,
      credential: "sk-1",
      headers: { "openai-beta": "b" },
      traceparent,
    });
  });
});

describe("an ingress", () => {
  it("is listed on the bus, with its requests and errors", async () => {
    const { bus } = bench.ingress;
    await post("{");
    const { servers, nkeySeed } = bench.testBus.credentials("operator");
    const listed = await listServices({ servers, nkeySeed });
    expect(listed).toContainEqual(
      expect.objectContaining({ name: "sluice-ingress", instance: bus.party.instance }),
    );
  });

  it("answers 503 at once when it has as many open requests as it takes", async () => {
    const small = await bench.startIngress({ gateway: "{ maxOpenRequests: 2 }" });
    let release: () => void = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let held = 0;
    bench.answerWith(async (delivery) => {
      held++;
      await released;
      await answerOk(delivery);
    });
    const open = [post('{"model":"m"}', small.url + path), post('{"model":"m"}', small.url + path)];
    await expect.poll(() => held).toBe(2);
    const refused = await post('{"model":"m"}', small.url + path);
    expect([refused.status, refused.headers.get("retry-after"), await refused.json()]).toEqual([
      503,
      "1",
      {
        error: {
          message: "The gateway has as many open requests as it takes.",
          type: "server_error",
          param: null,
          code: "overloaded",
        },
      },
    ]);
    expect(held).toBe(2);
    release();
    expect((await Promise.all(open)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await post('{"model":"m"}', small.url + path)).status).toBe(200);
  });

  it("takes a new configuration while it runs", async () => {
    const other = await bench.startIngress({ gateway: "{ maxJsonDepth: 9 }" });
    await bench.startIngress({ gateway: "{ maxJsonDepth: 8 }" });
    const deep = `{"model":"m","a":${"[".repeat(8)}${"]".repeat(8)}}`;
    await expect.poll(async () => (await post(deep, other.url + path)).status).toBe(400);
    await bench.startIngress({ gateway: "{ maxJsonDepth: 9 }" });
    await expect.poll(async () => (await post(deep, other.url + path)).status).toBe(200);
  });

  it("is alive and ready, and says why when it is not", async () => {
    const ingress = await bench.startIngress();
    const ready = async (): Promise<unknown> => (await fetch(`${ingress.url}/readyz`)).json();
    expect(await (await fetch(`${ingress.url}/healthz`)).json()).toEqual({ status: "ok" });
    expect(await ready()).toEqual({ status: "ready", reasons: [] });
    await ingress.bus.drain();
    await expect.poll(ready).toEqual({ status: "not ready", reasons: ["bus"] });
    expect(ingress.notReadyBecause?.()).toEqual(["bus"]);
  });
});

describe("without a service behind it", () => {
  it("answers 503 with a pause, and serves again when it is there", async () => {
    const lonely = await startIngressBench({ unreachableMs: 200 }, { withSteps: false });
    try {
      const ask = (): Promise<Response> => post('{"model":"m"}', lonely.ingress.url + path);
      const refused = await ask();
      expect([refused.status, refused.headers.get("retry-after"), await refused.json()]).toEqual([
        503,
        "1",
        {
          error: {
            message: "The gateway's auth service is not available.",
            type: "server_error",
            param: null,
            code: "service_unavailable",
          },
        },
      ]);
      await lonely.startSteps();
      expect((await ask()).status).toBe(200);
    } finally {
      await lonely.stop();
    }
  });
});

describe("without a bus", () => {
  it("answers 503, breaks off what is open, and serves again when the bus is back", async () => {
    const own = await startIngressBench();
    try {
      const ask = (): Promise<Response> => post('{"model":"m"}', own.ingress.url + path);
      let accepted = false;
      own.answerWith(async (delivery) => {
        const writer = delivery.reply();
        await delivery.accept();
        writer.head({ status: 200, headers: {} });
        accepted = true;
        await untilAborted(delivery);
      });
      const open = ask();
      await expect.poll(() => accepted).toBe(true);
      await own.testBus.stopServer();
      expect((await open).status).toBe(502);
      await expect.poll(async () => (await ask()).status).toBe(503);
      const refused = await ask();
      expect([refused.headers.get("retry-after"), await refused.json()]).toEqual([
        "1",
        {
          error: {
            message: "The gateway's bus is not reachable.",
            type: "server_error",
            param: null,
            code: "bus_unavailable",
          },
        },
      ]);
      own.answerWith(answerOk);
      await own.testBus.restartServer();
      await expect.poll(async () => (await ask()).status, { timeout: 20_000 }).toBe(200);
    } finally {
      await own.stop();
    }
  });
});
