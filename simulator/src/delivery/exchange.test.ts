import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Exchange } from "./exchange.ts";

const servers: ReturnType<typeof createServer>[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** Serves with an exchange; gives the address. */
async function serve(answer: (exchange: Exchange) => Promise<void>): Promise<string> {
  const server = createServer((request, response) => {
    void answer(new Exchange(request, response));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const mebibyte = Buffer.alloc(1024 * 1024, "x");

test("no more than one write is held for a peer that reads more slowly", async () => {
  const held: number[] = [];
  const url = await serve(async (exchange) => {
    for (let count = 0; count < 32; count += 1) {
      held.push(exchange.response.writableLength);
      await exchange.write(mebibyte);
    }
    await exchange.end();
  });
  const body = await (await fetch(url)).arrayBuffer();
  expect(body.byteLength).toBe(32 * mebibyte.length);
  expect(Math.max(...held)).toBeLessThan(mebibyte.length);
});

test("a wait ends when the peer goes away", async () => {
  const ended = Promise.withResolvers<boolean>();
  const controller = new AbortController();
  const url = await serve(async (exchange) => {
    await exchange.write("first");
    await exchange.wait(Number.POSITIVE_INFINITY);
    await exchange.write("never seen");
    ended.resolve(exchange.aborted);
  });
  await fetch(url, { signal: controller.signal });
  controller.abort();
  expect(await ended.promise).toBe(true);
});

test("a write to a peer that does not read ends when the peer goes away", async () => {
  const ended = Promise.withResolvers<boolean>();
  const controller = new AbortController();
  const blocked = Promise.withResolvers<void>();
  const url = await serve(async (exchange) => {
    while (!exchange.closed) {
      if (exchange.response.writableNeedDrain) blocked.resolve();
      const written = exchange.write(mebibyte);
      if (exchange.response.writableNeedDrain) blocked.resolve();
      await written;
    }
    ended.resolve(exchange.aborted);
  });
  await fetch(url, { signal: controller.signal });
  await blocked.promise;
  controller.abort();
  expect(await ended.promise).toBe(true);
});

test("what was written before a cut arrives before it", async () => {
  const url = await serve(async (exchange) => {
    await exchange.write("all of this");
    await exchange.cut();
  });
  const response = await fetch(url);
  const parts: string[] = [];
  const reading = (async () => {
    for await (const part of response.body ?? []) parts.push(Buffer.from(part).toString());
  })();
  await expect(reading).rejects.toThrow();
  expect(parts.join("")).toBe("all of this");
});
