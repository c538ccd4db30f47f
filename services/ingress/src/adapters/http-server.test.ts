import { connect } from "node:net";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  answerOk,
  dialectRequests,
  type IngressBench,
  jsonHeaders,
  startIngressBench,
  untilAborted,
} from "../testing/ingress-bench.ts";
import { openRaw, rawPost, statusesIn } from "../testing/raw-http.ts";

const { path, body } = dialectRequests.openai;

let bench: IngressBench;
beforeAll(async () => {
  bench = await startIngressBench();
});
afterEach(() => bench.answerWith(answerOk));
afterAll(() => bench.stop());

function errorAnswer(status: string, type: string, code: string, message: string): string {
  const json = JSON.stringify({ error: { message, type, param: null, code } });
  return (
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json; charset=utf-8\r\n` +
    `content-length: ${json.length}\r\n\r\n${json}`
  );
}

describe("what is no request", () => {
  it("is answered with 431 when its headers are too long", async () => {
    const connection = openRaw(
      bench.ingress.port,
      `GET / HTTP/1.1\r\nhost: gateway\r\nx-long: ${"x".repeat(40_000)}\r\n\r\n`,
    );
    expect(await connection.ended).toBe(
      errorAnswer(
        "431 Request Header Fields Too Large",
        "invalid_request_error",
        "headers_too_large",
        "The request's headers are larger than 32768 bytes.",
      ),
    );
  });

  it("is answered with 400 when it is no HTTP", async () => {
    const connection = openRaw(bench.ingress.port, "hello\r\n\r\n");
    expect(await connection.ended).toBe(
      errorAnswer(
        "400 Bad Request",
        "invalid_request_error",
        "invalid_request",
        "This is not a valid HTTP request.",
      ),
    );
  });

  it("never gets into the middle of another answer", async () => {
    let aborted = false;
    bench.answerWith(async (delivery) => {
      const writer = delivery.reply();
      await delivery.accept();
      writer.head({ status: 200, headers: { "content-type": "text/event-stream" } });
      await writer.data(Buffer.from("data: 1\n\n"));
      await untilAborted(delivery);
      aborted = true;
    });
    const connection = openRaw(bench.ingress.port, rawPost(path, '{"model":"m","stream":true}', jsonHeaders));
    await expect.poll(() => connection.received()).toContain("data: 1");
    connection.socket.write("garbage\r\n\r\n");
    expect(statusesIn(await connection.ended)).toEqual(["200"]);
    await expect.poll(() => aborted).toBe(true);
  });
});

describe("a target of a request that is no path", () => {
  it.each(["//", "*", "http://gateway", "/%zz", "/a:99999999//"])("is answered: %s", async (target) => {
    const connection = openRaw(
      bench.ingress.port,
      `OPTIONS ${target} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\r\n`,
    );
    expect(statusesIn(await connection.ended)).toEqual(["404"]);
  });

  it("that is a whole URL, as proxies send it, is served", async () => {
    const post = rawPost(`http://gateway${path}`, body, { ...jsonHeaders, connection: "close" });
    expect(statusesIn(await openRaw(bench.ingress.port, post).ended)).toEqual(["200"]);
  });
});

describe("a client that waits for 100 Continue", () => {
  const headers = { ...jsonHeaders, expect: "100-continue", connection: "close" };

  it("gets it when the body is wanted", async () => {
    const head = rawPost(path, "", { ...headers, "content-length": String(body.length) });
    const connection = openRaw(bench.ingress.port, head);
    await expect.poll(() => statusesIn(connection.received())).toEqual(["100"]);
    connection.socket.write(body);
    expect(statusesIn(await connection.ended)).toEqual(["100", "200"]);
  });

  it("gets the error alone when it is not", async () => {
    const head = rawPost(path, "", { ...headers, "content-length": String(64 * 1024 * 1024) });
    expect(statusesIn(await openRaw(bench.ingress.port, head).ended)).toEqual(["413"]);
  });
});

describe("an error answer to a body that was not read", () => {
  it("reaches the client although it goes on sending, and ends the connection", async () => {
    const announced = 64 * 1024 * 1024;
    const connection = openRaw(
      bench.ingress.port,
      rawPost(path, "", { ...jsonHeaders, "content-length": String(announced) }),
    );
    const piece = Buffer.alloc(256 * 1024, " ");
    const push = (): void => {
      if (connection.socket.writable) connection.socket.write(piece, () => setImmediate(push));
    };
    push();
    const received = await connection.ended;
    expect(statusesIn(received)).toEqual(["413"]);
    expect(received).toContain("connection: close");
    expect(received).toContain('"code":"body_too_large"');
    connection.socket.destroy();
  });

  it("leaves the connection open when the body was sent to its end", async () => {
    bench.answerWith(() => {
      throw new SluiceError("missing_credential", "There is no API key.");
    });
    const connection = openRaw(bench.ingress.port, rawPost(path, body, jsonHeaders));
    await expect.poll(() => statusesIn(connection.received())).toEqual(["401"]);
    bench.answerWith(answerOk);
    connection.socket.write(rawPost(path, body, { ...jsonHeaders, connection: "close" }));
    expect(statusesIn(await connection.ended)).toEqual(["401", "200"]);
  });

  it("leaves the connection open when a GET has a body that nobody reads", async () => {
    const get = rawPost("/v1/models", body).replace("POST", "GET");
    const connection = openRaw(bench.ingress.port, get + get);
    await expect.poll(() => statusesIn(connection.received())).toEqual(["200", "200"]);
    connection.socket.destroy();
  });
});

describe("a server that is stopped", () => {
  it("finishes what is open on a kept connection, closes it, and takes no new one", async () => {
    const ingress = await bench.startIngress();
    let finish: () => void = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    bench.answerWith(async (delivery) => {
      const writer = delivery.reply();
      await delivery.accept();
      writer.head({ status: 200, headers: { "content-type": "text/event-stream" } });
      await writer.data(Buffer.from("data: 1\n\n"));
      await finished;
      await writer.data(Buffer.from("data: 2\n\n"));
      writer.end({});
    });
    const unused = openRaw(ingress.port, "");
    const open = openRaw(ingress.port, rawPost(path, '{"model":"m","stream":true}', jsonHeaders));
    await expect.poll(() => open.received()).toContain("data: 1");
    const stopped = ingress.stop(4000);
    await unused.ended;
    await expect
      .poll(
        () =>
          new Promise((resolve) => {
            const late = connect({ port: ingress.port, host: "127.0.0.1" });
            late.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
            late.once("connect", () => {
              late.destroy();
              resolve("connected");
            });
          }),
      )
      .toBe("ECONNREFUSED");
    finish();
    await stopped;
    const received = await open.ended;
    expect(received).toContain("data: 2");
    // The last chunk of a body that is whole.
    expect(received).toMatch(/\r\n0\r\n\r\n$/);
  });
});
