import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  answerOk,
  dialectRequests,
  type IngressBench,
  jsonHeaders,
  startIngressBench,
  untilAborted,
} from "./testing/ingress-bench.ts";
import { openRaw, rawPost, statusesIn } from "./testing/raw-http.ts";

const path = "/v1/chat/completions";
const streamBody = '{"model":"m","stream":true}';
const plain = rawPost(path, '{"model":"m"}', jsonHeaders);
/** No test waits for it: what it would break off ends before. */
const longMs = 600_000;

let bench: IngressBench;
beforeAll(async () => {
  bench = await startIngressBench();
});
afterEach(() => bench.answerWith(answerOk));
afterAll(() => bench.stop());

/** Has the step write a part of a stream and then wait, until it is released or nobody wants the reply any more. */
function holdStreams(): { release(): void; cancelled(): number } {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let cancelled = 0;
  bench.answerWith(async (delivery) => {
    const writer = delivery.reply();
    await delivery.accept();
    writer.head({ status: 200, headers: { "content-type": "text/event-stream" } });
    await writer.data(Buffer.from("data: 1\n\n"));
    const aborted = untilAborted(delivery).then(() => {
      cancelled++;
    });
    await Promise.race([released, aborted]);
    if (delivery.signal.aborted) return;
    await writer.data(Buffer.from("data: 2\n\n"));
    writer.end({});
  });
  return { release, cancelled: () => cancelled };
}

describe("a kept connection of an ingress that is stopped", () => {
  it("is answered once more, and told that this was the last answer", async () => {
    const ingress = await bench.startIngress();
    const kept = openRaw(ingress.port, plain);
    await expect.poll(() => statusesIn(kept.received())).toEqual(["200"]);
    expect(kept.received()).not.toMatch(/connection: close/i);
    const stopped = ingress.stop(longMs);
    // Kept connections are told once no new one is taken.
    const refused = () =>
      fetch(`${ingress.url}/healthz`, { headers: { connection: "close" } }).then(
        () => false,
        () => true,
      );
    await expect.poll(refused, { timeout: 10_000 }).toBe(true);
    kept.socket.write(plain);
    const received = await kept.ended;
    expect(statusesIn(received)).toEqual(["200", "200"]);
    expect(received).toMatch(/connection: close/i);
    await stopped;
  });

  it("is closed when it stays idle for a while", async () => {
    const ingress = await bench.startIngress();
    const kept = openRaw(ingress.port, plain);
    const unused = openRaw(ingress.port, "");
    await expect.poll(() => statusesIn(kept.received())).toEqual(["200"]);
    const stopped = ingress.stop(1000);
    expect(statusesIn(await kept.ended)).toEqual(["200"]);
    expect(await unused.ended).toBe("");
    await stopped;
  });

  it("is not closed while a request arrives on it, however slowly", async () => {
    const ingress = await bench.startIngress();
    const kept = openRaw(ingress.port, plain.slice(0, 20));
    const unused = openRaw(ingress.port, "");
    // Both have been accepted when this one is answered.
    expect((await fetch(`${ingress.url}/healthz`, { headers: { connection: "close" } })).status).toBe(200);
    const stopped = ingress.stop(5000);
    await unused.ended;
    kept.socket.write(plain.slice(20));
    expect(statusesIn(await kept.ended)).toEqual(["200"]);
    await stopped;
  });

  it("has all of its requests answered where it sent several at once", async () => {
    const ingress = await bench.startIngress();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    let held = 0;
    bench.answerWith(async (delivery) => {
      held++;
      await released;
      await answerOk(delivery);
    });
    const pipelined = openRaw(ingress.port, plain + plain);
    await expect.poll(() => held).toBe(2);
    const stopped = ingress.stop(longMs);
    pipelined.socket.write(plain);
    await expect.poll(() => held).toBe(3);
    release();
    expect(statusesIn(await pipelined.ended)).toEqual(["200", "200", "200"]);
    await stopped;
  });

  it("is told with the next answer when a stream was under way", async () => {
    const held = holdStreams();
    const ingress = await bench.startIngress();
    const streaming = openRaw(ingress.port, rawPost(path, streamBody, jsonHeaders));
    await expect.poll(() => streaming.received()).toContain("data: 1");
    const stopped = ingress.stop(longMs);
    held.release();
    await expect.poll(() => streaming.received()).toMatch(/data: 2\n\n\r\n0\r\n\r\n$/);
    bench.answerWith(answerOk);
    streaming.socket.write(plain);
    const received = await streaming.ended;
    expect(statusesIn(received)).toEqual(["200", "200"]);
    expect(received).toMatch(/connection: close/i);
    await stopped;
  });
});

describe("what is open when the drain time is over", () => {
  it.each(["openai", "anthropic", "gemini"] as const)(
    "is a stream that ends with an error event: %s",
    async (dialect) => {
      const held = holdStreams();
      const ingress = await bench.startIngress();
      const request = dialectRequests[dialect];
      const target = request.path.replace(":generateContent", ":streamGenerateContent?alt=sse");
      const body = request.body.replace("{", dialect === "gemini" ? "{" : '{"stream":true,');
      const open = openRaw(ingress.port, rawPost(target, body, jsonHeaders));
      await expect.poll(() => open.received()).toContain("data: 1");
      await ingress.stop(50);
      const received = await open.ended;
      expect(received).toContain("The gateway was stopped before the reply was whole.");
      expect(received).toMatch(/\r\n0\r\n\r\n$/);
      await expect.poll(() => held.cancelled()).toBe(1);
    },
  );

  it("is a request without an answer: it gets an error, and no SDK repeats it by itself", async () => {
    let held = 0;
    bench.answerWith(async (delivery) => {
      held++;
      await untilAborted(delivery);
    });
    const ingress = await bench.startIngress();
    const open = fetch(ingress.url + path, { method: "POST", headers: jsonHeaders, body: '{"model":"m"}' });
    await expect.poll(() => held).toBe(1);
    await ingress.stop(50);
    const answer = await open;
    expect([answer.status, answer.headers.get("x-should-retry"), await answer.json()]).toEqual([
      502,
      "false",
      {
        error: {
          message: "The gateway was stopped before the reply was whole.",
          type: "server_error",
          param: null,
          code: "holder_lost",
        },
      },
    ]);
  });

  it("is a request that has not arrived as a whole: it may be sent again", async () => {
    const ingress = await bench.startIngress();
    const half = openRaw(ingress.port, plain.slice(0, -5));
    expect((await fetch(`${ingress.url}/healthz`, { headers: { connection: "close" } })).status).toBe(200);
    await ingress.stop(50);
    const received = await half.ended;
    expect(statusesIn(received)).toEqual(["503"]);
    expect(received).toMatch(/retry-after: 1\r\n/i);
    expect(received).toContain("The gateway is being stopped.");
  });

  it("is a stream whose client does not read: its connection is cut", async () => {
    const ingress = await bench.startIngress();
    let written = 0;
    bench.answerWith(async (delivery) => {
      const writer = delivery.reply();
      await delivery.accept();
      writer.head({ status: 200, headers: { "content-type": "text/event-stream" } });
      while (!delivery.signal.aborted) {
        await writer.data(Buffer.alloc(64 * 1024, "."));
        written++;
      }
    });
    const open = openRaw(ingress.port, rawPost(path, streamBody, jsonHeaders));
    open.socket.pause();
    // As often as it takes to tell a writer that waits from one that has no turn.
    let before = -1;
    let unchanged = 0;
    await expect
      .poll(() => {
        unchanged = written > 0 && written === before ? unchanged + 1 : 0;
        before = written;
        return unchanged;
      })
      .toBeGreaterThan(10);
    await ingress.stop(50);
    open.socket.resume();
    expect(await open.ended).not.toMatch(/\r\n0\r\n\r\n$/);
  });
});

it("a drain is shortened by a second call", async () => {
  const held = holdStreams();
  const ingress = await bench.startIngress();
  const open = openRaw(ingress.port, rawPost(path, streamBody, jsonHeaders));
  await expect.poll(() => open.received()).toContain("data: 1");
  const stopped = ingress.stop(longMs);
  await ingress.stop(0);
  await stopped;
  expect(await open.ended).toContain("The gateway was stopped");
  await expect.poll(() => held.cancelled()).toBe(1);
});
