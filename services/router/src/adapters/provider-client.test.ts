import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Socket } from "node:net";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { collectBody } from "./collect-body.ts";
import { ProviderClient } from "./provider-client.ts";
import type { ProviderCall } from "./provider-exchange.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let handler: Handler;
let origin: string;
const sockets = new Set<Socket>();
const server = createServer((request, response) => handler(request, response));
server.on("connection", (socket: Socket) => sockets.add(socket));
const client = new ProviderClient();

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = originOf(server.address());
});
beforeEach(() => {
  handler = (_request, response) => response.end("{}");
});
afterAll(async () => {
  await client.close();
  server.closeAllConnections();
  server.close();
});

function originOf(address: ReturnType<typeof server.address>, scheme = "http"): string {
  return `${scheme}://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

const noLimits = { connectMs: 5000, firstTokenMs: 60_000, idleMs: 60_000, totalMs: 60_000 };

function call(
  given: Partial<Omit<ProviderCall, "timeouts">> & { timeouts?: Partial<ProviderCall["timeouts"]> } = {},
) {
  return client.call({
    origin,
    method: "POST",
    path: "/v1/x?a=1",
    headers: { "content-type": "application/json" },
    body: "{}",
    signal: new AbortController().signal,
    ...given,
    timeouts: { ...noLimits, ...given.timeouts },
  });
}

describe("a call", () => {
  it("sends path, headers and body, and gives status, headers and body", async () => {
    handler = (request, response) => {
      const pieces: Buffer[] = [];
      request.on("data", (piece: Buffer) => pieces.push(piece));
      request.on("end", () => {
        response.writeHead(201, { "X-Seen": `${request.method} ${request.url}`, "x-more": ["a", "b"] });
        response.end(Buffer.concat([...pieces, Buffer.from(String(request.headers["content-length"]))]));
      });
    };
    const reply = await call({ body: '{"é":1}' });
    expect(reply.status).toBe(201);
    expect(reply.headers).toMatchObject({ "x-seen": "POST /v1/x?a=1", "x-more": "a, b" });
    expect((await collectBody(reply.body, 1000)).toString()).toBe('{"é":1}8');
  });

  it("keeps its connection for the next", async () => {
    await collectBody((await call()).body, 1000);
    const before = sockets.size;
    await collectBody((await call()).body, 1000);
    expect(sockets.size).toBe(before);
  });

  it("says when the request went out, which it never did where there is no connection", async () => {
    let sent = 0;
    const onSent = (): void => {
      sent++;
    };
    await collectBody((await call({ onSent })).body, 1000);
    expect(sent).toBe(1);
    const closed = createTcpServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const nowhere = originOf(closed.address());
    await new Promise((resolve) => closed.close(resolve));
    await expect(call({ onSent, origin: nowhere })).rejects.toMatchObject({ code: "provider_unreachable" });
    expect(sent).toBe(1);
  });

  it("is unreachable where the other side does not speak TLS, and where undici refuses the request", async () => {
    const tls = originOf(server.address(), "https");
    await expect(call({ origin: tls })).rejects.toMatchObject({ code: "provider_unreachable" });
    const headers = { authorization: "Bearer a\nb" };
    await expect(call({ headers })).rejects.toMatchObject({ code: "provider_unreachable" });
  });

  it("is cut off when the other side hangs up, before the head and within the body", async () => {
    handler = (request) => request.socket.destroy();
    await expect(call()).rejects.toMatchObject({
      code: "provider_stream_cut",
      message: "The provider hung up without an answer.",
    });
    handler = (_request, response) => {
      response.write("half");
      setImmediate(() => response.destroy());
    };
    const { body } = await call();
    await expect(collectBody(body, 1000)).rejects.toMatchObject({
      code: "provider_stream_cut",
      message: "The provider broke off its reply.",
    });
  });

  it("gives what came before it was cut off", async () => {
    handler = (_request, response) => {
      response.write("first", () => response.destroy());
    };
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const piece of (await call()).body) seen.push(Buffer.from(piece).toString());
    };
    await expect(read()).rejects.toMatchObject({ code: "provider_stream_cut" });
    expect(seen).toEqual(["first"]);
  });
});

describe("a call that is aborted", () => {
  const reason = new SluiceError("deadline_exceeded", "The time is over.");

  it.each(["before it is made", "before the head", "within the body"])(
    "%s, ends with the reason",
    async (when) => {
      const stop = new AbortController();
      let closed = false;
      let arrived = false;
      handler = (_request, response) => {
        response.once("close", () => {
          closed = true;
        });
        arrived = true;
        if (when === "within the body") response.write("first");
      };
      if (when === "before it is made") stop.abort(reason);
      const read = async (): Promise<void> => {
        const { body } = await call({ signal: stop.signal });
        for await (const _piece of body) stop.abort(reason);
      };
      const failed = expect(read()).rejects.toBe(reason);
      if (when === "before the head") {
        await expect.poll(() => arrived).toBe(true);
        stop.abort(reason);
      }
      await failed;
      await expect.poll(() => closed || !arrived).toBe(true);
    },
  );

  it("without a reason was cancelled", async () => {
    await expect(call({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "client_closed" });
  });

  it("by leaving its body, or by giving it up unread, is aborted at the other side", async () => {
    let closed = 0;
    handler = (_request, response) => {
      response.once("close", () => closed++);
      response.write("first");
    };
    const { body } = await call();
    for await (const _piece of body) break;
    await expect.poll(() => closed).toBe(1);
    (await call()).giveUp();
    await expect.poll(() => closed).toBe(2);
  });
});

describe("a call that takes too long", () => {
  it.each([
    ["until its first byte", { firstTokenMs: 50 }, "head"],
    ["between two pieces of its reply", { idleMs: 50 }, "body"],
    ["as a whole", { totalMs: 50 }, "body"],
  ])("is given up: %s", async (phase, timeouts, silentAfter) => {
    handler = (_request, response) => {
      response.flushHeaders();
      if (silentAfter === "body") response.write("first");
    };
    const read = async (): Promise<unknown> => collectBody((await call({ timeouts })).body, 1000);
    await expect(read()).rejects.toMatchObject({
      code: "provider_timeout",
      message: `The provider was silent ${phase} for 0.05 s.`,
    });
  });

  it("while the connection is made, was never sent", async () => {
    const deaf = createTcpServer();
    await new Promise<void>((resolve) => deaf.listen(0, "127.0.0.1", resolve));
    const tls = originOf(deaf.address(), "https");
    await expect(call({ origin: tls, timeouts: { connectMs: 50 } })).rejects.toMatchObject({
      code: "provider_unreachable",
    });
    deaf.close();
  });

  it("because this side does not read, is not silent", async () => {
    const piece = Buffer.alloc(64 * 1024, "x");
    const total = 64 * 1024 * 1024;
    let written = 0;
    handler = (_request, response) => {
      const push = (): void => {
        while (written < total) {
          written += piece.length;
          if (!response.write(piece)) {
            response.once("drain", push);
            return;
          }
        }
        response.end();
      };
      push();
    };
    const { body } = await call({ timeouts: { idleMs: 400 } });
    let before = -1;
    const stands = (): boolean => {
      const same = written === before && written > 0;
      before = written;
      return same;
    };
    // Longer than the idle time, and the provider waits; what it could write is in the kernel, not here.
    await expect.poll(stands, { interval: 600, timeout: 15_000 }).toBe(true);
    expect(written).toBeLessThan(total / 3);
    let read = 0;
    for await (const bytes of body) read += bytes.length;
    expect(read).toBe(total);
  });
});
