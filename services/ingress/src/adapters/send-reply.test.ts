import { request as httpRequest } from "node:http";
import { creditWindowBytes } from "@sluice/contracts/control";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  answerOk,
  type BenchIngress,
  dialectRequests,
  type IngressBench,
  jsonHeaders,
  type StepHandler,
  startIngressBench,
  untilAborted,
} from "../testing/ingress-bench.ts";
import { openRaw, rawPost, statusesIn } from "../testing/raw-http.ts";

const eventStream = { "content-type": "text/event-stream; charset=utf-8" };
const json = { "content-type": "application/json" };
const cut = new SluiceError("provider_stream_cut", "The provider broke off its reply.");

let bench: IngressBench;
/** Writes a comment into a stream that is silent for 10 ms. */
let impatient: BenchIngress;
beforeAll(async () => {
  bench = await startIngressBench({ heartbeatMs: 40, silenceMs: 4000 });
  impatient = await bench.startIngress({ keepAliveMs: 10 });
});
afterEach(() => bench.answerWith(answerOk));
afterAll(() => bench.stop());

interface Ask {
  path?: string;
  stream?: boolean;
  ingress?: BenchIngress;
  signal?: AbortSignal;
}

function ask({
  path = "/v1/chat/completions",
  stream = false,
  ingress,
  signal,
}: Ask = {}): Promise<Response> {
  return fetch((ingress ?? bench.ingress).url + path, {
    method: "POST",
    headers: jsonHeaders,
    body: JSON.stringify({ model: "m", stream }),
    signal: signal ?? null,
  });
}

const streamPaths = {
  openai: "/v1/chat/completions",
  anthropic: "/v1/messages",
  gemini: "/v1beta/models/m:streamGenerateContent?alt=sse",
};

/** Opens a reply and writes it piece by piece; a SluiceError ends it, else an end does. */
function writes(
  head: { status: number; headers: Record<string, string> },
  ...pieces: (string | Buffer | SluiceError)[]
): StepHandler {
  return async (delivery) => {
    const writer = delivery.reply();
    if (!(await delivery.accept())) return;
    writer.head(head);
    for (const piece of pieces) {
      if (piece instanceof SluiceError) writer.error(piece);
      else await writer.data(Buffer.from(piece));
    }
    if (!writer.closed) writer.end({});
  };
}

describe("a plain reply", () => {
  it("has the status and the headers of the provider, its length, and the request's id", async () => {
    const headers = { ...json, "x-ratelimit-remaining-requests": "7", "x-sluice-model": "m" };
    bench.answerWith(writes({ status: 200, headers }, '{"a":', " 1}"));
    const response = await ask();
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      ...headers,
      "content-length": "8",
      "x-request-id": expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
    expect(await response.text()).toBe('{"a": 1}');
  });

  it("that breaks off in its first mebibyte is an error with a status of its own", async () => {
    bench.answerWith(writes({ status: 200, headers: json }, Buffer.alloc(900_000, "x"), cut));
    const response = await ask();
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: "provider_stream_cut" } });
  });

  it("that breaks off later cuts the connection, and is never a short answer", async () => {
    bench.answerWith(writes({ status: 200, headers: json }, Buffer.alloc(1_500_000, "x"), cut));
    const response = await ask();
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow("terminated");
  });

  it("of many megabytes arrives whole", async () => {
    const body = Buffer.alloc(20_000_000, "0123456789");
    bench.answerWith(writes({ status: 200, headers: json }, body));
    const received = Buffer.from(await (await ask()).arrayBuffer());
    expect(received.equals(body)).toBe(true);
  });

  it("that is empty is an error", async () => {
    bench.answerWith(writes({ status: 200, headers: json }));
    const response = await ask();
    expect(response.status).toBe(502);
    expect(await response.json()).toEqual({
      error: { message: "The reply was empty.", type: "server_error", param: null, code: "reply_incomplete" },
    });
  });
});

describe("a streamed reply", () => {
  it("reaches the client piece by piece, as an event stream that no proxy holds back", async () => {
    let goOn: () => void = () => {};
    const read = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    bench.answerWith(async (delivery) => {
      const writer = delivery.reply();
      await delivery.accept();
      writer.head({ status: 200, headers: eventStream });
      await writer.data(Buffer.from("data: 1\n\n"));
      await read;
      await writer.data(Buffer.from("data: 2\n\n"));
      writer.end({});
    });
    const response = await ask({ stream: true });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      ...eventStream,
      "cache-control": "no-cache",
      "x-accel-buffering": "no",
    });
    const reader = (response.body ?? new ReadableStream()).getReader();
    const first = await reader.read();
    goOn();
    const second = await reader.read();
    expect([first, second].map(({ value }) => Buffer.from(value as Uint8Array).toString())).toEqual([
      "data: 1\n\n",
      "data: 2\n\n",
    ]);
    expect((await reader.read()).done).toBe(true);
  });

  it("that breaks off before its first byte is an error with a status of its own", async () => {
    bench.answerWith(writes({ status: 200, headers: eventStream }, cut));
    const response = await ask({ stream: true });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: "provider_stream_cut" } });
  });

  it("that is empty is an error", async () => {
    bench.answerWith(writes({ status: 200, headers: eventStream }));
    const response = await ask({ stream: true });
    expect([response.status, await response.json()]).toMatchObject([
      502,
      { error: { code: "reply_incomplete" } },
    ]);
  });

  it("that the provider refused has the provider's status and body", async () => {
    bench.answerWith(writes({ status: 404, headers: json }, '{"error":{"message":"No such model."}}'));
    const response = await ask({ stream: true });
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.text()).toBe('{"error":{"message":"No such model."}}');
  });

  it("that breaks off tells so in OpenAI's words", async () => {
    bench.answerWith(writes({ status: 200, headers: eventStream }, "data: {}\n\n", cut));
    const response = await ask({ stream: true, path: streamPaths.openai });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(
      'data: {}\n\ndata: {"error":{"message":"The provider broke off its reply.","type":"server_error",' +
        '"param":null,"code":"provider_stream_cut"}}\n\n',
    );
  });

  it("that breaks off tells so in Anthropic's words", async () => {
    bench.answerWith(writes({ status: 200, headers: eventStream }, "event: ping\ndata: {}\n\n", cut));
    const response = await ask({ stream: true, path: streamPaths.anthropic });
    expect(await response.text()).toBe(
      'event: ping\ndata: {}\n\nevent: error\ndata: {"type":"error","error":{"type":"api_error",' +
        `"message":"The provider broke off its reply."},"request_id":"${response.headers.get("request-id")}"}\n\n`,
    );
  });

  it("that breaks off tells so in Gemini's words, also in an array", async () => {
    bench.answerWith(writes({ status: 200, headers: eventStream }, "data: {}\r\n\r\n", cut));
    const events = await (await ask({ path: streamPaths.gemini })).text();
    expect(events).toMatch(/^data: \{\}\r\n\r\ndata: \{"error":\{"code":502,.*\}\}\r\n\r\n$/);
    bench.answerWith(writes({ status: 200, headers: json }, "[{}", cut));
    const array = await (await ask({ path: "/v1beta/models/m:streamGenerateContent" })).text();
    expect(JSON.parse(array)).toMatchObject([{}, { error: { code: 502, status: "INTERNAL" } }]);
  });

  it("that breaks off within an event has its error in one of its own", async () => {
    bench.answerWith(writes({ status: 200, headers: eventStream }, 'data: {}\n\ndata: {"half', cut));
    const response = await ask({ stream: true, path: streamPaths.openai });
    expect((await response.text()).split("\n\n")).toEqual([
      "data: {}",
      'data: {"half',
      expect.stringContaining("provider_stream_cut"),
      "",
    ]);
  });

  it("that stands still within an event has no comment there", async () => {
    let waited = false;
    const pieces = ['data: {"half', "data: {}\n\n"];
    bench.answerWith(async (delivery) => {
      const writer = delivery.reply();
      const piece = pieces.shift() ?? "";
      await delivery.accept();
      writer.head({ status: 200, headers: eventStream });
      await writer.data(Buffer.from(piece));
      await expect.poll(() => waited, { timeout: 10_000 }).toBe(true);
      await writer.data(Buffer.from('":1}\n\n'));
      writer.end({});
    });
    const within = await ask({ stream: true, ingress: impatient });
    // By the time that another stream, which stands still between events, has its comment, this one had its chance.
    const between = await ask({ stream: true, ingress: impatient });
    for await (const bytes of between.body ?? []) if (Buffer.from(bytes).includes(": keep-alive")) break;
    waited = true;
    expect(await within.text()).toBe('data: {"half":1}\n\n');
  });

  it("that is silent is kept open by comments, and an error after one is an event", async () => {
    let comment = false;
    bench.answerWith(async (delivery) => {
      const writer = delivery.reply();
      await delivery.accept();
      await expect.poll(() => comment, { timeout: 10_000 }).toBe(true);
      writer.error(new SluiceError("provider_timeout", "The provider was silent."));
    });
    const response = await ask({ stream: true, ingress: impatient });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(eventStream["content-type"]);
    comment = true;
    expect(await response.text()).toMatch(
      /^(?:: keep-alive\n\n)+data: \{"error":\{"message":"The provider was silent\.",.*\}\n\n$/,
    );
  });

  it("that is refused after a comment tells what the provider's error body says", async () => {
    let comment = false;
    bench.answerWith(async (delivery) => {
      const writer = delivery.reply();
      await delivery.accept();
      await expect.poll(() => comment, { timeout: 10_000 }).toBe(true);
      writer.head({ status: 404, headers: json });
      await writer.data(Buffer.from('{"error":{"message":"No such model.","type":"invalid_request_error"}}'));
      writer.end({});
    });
    const response = await ask({ stream: true, ingress: impatient });
    comment = true;
    expect(await response.text()).toMatch(
      /^(?:: keep-alive\n\n)+data: \{"error":\{"message":"No such model\.",.*"code":"provider_rejected"\}\}\n\n$/,
    );
  });

  it("gets no comments where there is no place for them", async () => {
    let beats = 0;
    bench.answerWith(async (delivery) => {
      const writer = delivery.reply();
      await delivery.accept();
      // The writer beats whenever it is asked to and has been silent.
      await expect.poll(() => ++beats, { timeout: 10_000, interval: 40 }).toBeGreaterThan(5);
      writer.head({ status: 200, headers: json });
      await writer.data(Buffer.from("[]"));
      writer.end({});
    });
    const path = "/v1beta/models/m:streamGenerateContent";
    expect(await (await ask({ path, ingress: impatient })).text()).toBe("[]");
  });
});

describe("a client that reads slowly", () => {
  it("slows the writer, with a bounded number of bytes on the way, and gets them all", async () => {
    const piece = Buffer.alloc(64 * 1024, "x");
    const total = 96 * 1024 * 1024;
    let written = 0;
    bench.answerWith(async (delivery) => {
      const writer = delivery.reply();
      await delivery.accept();
      writer.head({ status: 200, headers: eventStream });
      while (written < total) {
        await writer.data(piece);
        written += piece.length;
      }
      writer.end({});
    });
    const response = await ask({ stream: true });
    let before = -1;
    const stands = (): boolean => {
      const same = written === before && written > creditWindowBytes;
      before = written;
      return same;
    };
    await expect.poll(stands, { timeout: 20_000, interval: 300 }).toBe(true);
    // The kernel's buffers of a loopback connection may take some megabytes; nothing of Sluice's does.
    expect(written).toBeLessThan(total / 3);
    let read = 0;
    for await (const bytes of response.body ?? []) read += bytes.length;
    expect(read).toBe(total);
  });

  it("is cut off when the time of its request is over", async () => {
    const hasty = await bench.startIngress({ gateway: "{ requestTimeout: 1s }" });
    let aborted = false;
    bench.answerWith(async (delivery) => {
      const writer = delivery.reply();
      await delivery.accept();
      writer.head({ status: 200, headers: eventStream });
      while (!writer.closed) await writer.data(Buffer.alloc(64 * 1024, "x"));
      aborted = true;
    });
    const connection = openRaw(hasty.port, rawPost("/v1/chat/completions", '{"model":"m","stream":true}'));
    await expect.poll(() => connection.received()).toContain("200 OK");
    connection.socket.pause();
    await expect.poll(() => aborted, { timeout: 10_000 }).toBe(true);
    const metrics = hasty.bus.metrics;
    await expect.poll(() => metrics.render(), { timeout: 15_000 }).toMatch(/^sluice_requests_open 0$/m);
    connection.socket.destroy();
  });
});

describe("a client that goes away", () => {
  it.each(["before the head", "within the stream"])("cancels %s", async (when) => {
    let reached = false;
    let aborted = false;
    bench.answerWith(async (delivery) => {
      const writer = delivery.reply();
      await delivery.accept();
      if (when === "within the stream") {
        writer.head({ status: 200, headers: eventStream });
        await writer.data(Buffer.from("data: 1\n\n"));
      }
      reached = true;
      await untilAborted(delivery);
      aborted = true;
    });
    const leaving = new AbortController();
    const response = ask({ stream: true, signal: leaving.signal });
    const left = expect(response.then((answer) => answer.text())).rejects.toThrow("aborted");
    await expect.poll(() => reached).toBe(true);
    leaving.abort();
    await left;
    await expect.poll(() => aborted).toBe(true);
  });

  it("cancels what it has asked for behind another request of the same connection, too", async () => {
    const open = new Set<string>();
    bench.answerWith(async (delivery) => {
      const { requestId } = delivery.envelope;
      delivery.reply();
      await delivery.accept();
      open.add(requestId);
      await untilAborted(delivery);
      open.delete(requestId);
    });
    const post = rawPost("/v1/chat/completions", '{"model":"m"}', jsonHeaders);
    const connection = openRaw(bench.ingress.port, post + post + post);
    await expect.poll(() => open.size).toBe(3);
    connection.socket.destroy();
    await expect.poll(() => open.size).toBe(0);
    await expect.poll(() => bench.ingress.bus.metrics.render()).toMatch(/^sluice_requests_open 0$/m);
  });
});

describe("a connection", () => {
  it("gives the answers to pipelined requests in their order", async () => {
    const releases: (() => void)[] = [];
    bench.answerWith(async (delivery) => {
      const number = releases.length;
      if (delivery.envelope.model === "slow") await new Promise<void>((resolve) => releases.push(resolve));
      else for (const release of releases) release();
      await writes({ status: 200, headers: json }, `${delivery.envelope.model}-${number}`)(delivery);
    });
    const close = { ...jsonHeaders, connection: "close" };
    const slow = rawPost("/v1/chat/completions", '{"model":"slow"}', jsonHeaders);
    const quick = rawPost("/v1/chat/completions", '{"model":"quick"}', close);
    const connection = openRaw(bench.ingress.port, slow);
    await expect.poll(() => releases.length).toBe(1);
    connection.socket.write(quick);
    const received = await connection.ended;
    expect(statusesIn(received)).toEqual(["200", "200"]);
    expect(received.indexOf("slow-0")).toBeLessThan(received.indexOf("quick-1"));
    expect(received).toContain("quick-1");
  });

  it("serves one request after another, an error between them", async () => {
    const { port } = bench.ingress;
    const good = rawPost(dialectRequests.openai.path, dialectRequests.openai.body, jsonHeaders);
    const bad = rawPost(dialectRequests.openai.path, "{", jsonHeaders);
    const connection = openRaw(port, good);
    for (const [text, statuses] of [
      [bad, ["200", "400"]],
      [good, ["200", "400", "200"]],
    ] as const) {
      await expect.poll(() => statusesIn(connection.received()).length).toBe(statuses.length - 1);
      connection.socket.write(text);
      await expect.poll(() => statusesIn(connection.received())).toEqual(statuses);
    }
    connection.socket.destroy();
  });

  it("is told of a reply's end when the client has shut its own side", async () => {
    const response = await new Promise<string>((resolve, reject) => {
      const { port } = bench.ingress;
      const sent = httpRequest({ port, path: "/v1/chat/completions", method: "POST", headers: jsonHeaders });
      sent.once("error", reject);
      sent.once("response", (incoming) => {
        let text = "";
        incoming.setEncoding("utf8").on("data", (piece: string) => {
          text += piece;
        });
        incoming.once("end", () => resolve(text));
      });
      sent.end('{"model":"m"}');
    });
    expect(response).toBe('{"ok":true}');
  });
});
