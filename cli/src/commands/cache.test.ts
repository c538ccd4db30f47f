import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { runCommandLine } from "../run-command-line.ts";

async function run(arguments_: string[], input: string, environment: Record<string, string> = {}) {
  let [out, error] = ["", ""];
  const code = await runCommandLine(arguments_, {
    environment,
    directory: "/",
    readInput: async () => input,
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
  });
  return { code, out, error };
}

/** Answers each request as its model says. */
async function startGateway(): Promise<string> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => {
      body += piece.toString();
    });
    request.on("end", () => {
      const { model } = JSON.parse(body) as { model: string };
      const isRefreshed = request.headers["cache-control"] === "no-cache";
      const status = model === "broken" ? 429 : 200;
      const cache = isRefreshed ? "refresh" : model;
      response.writeHead(request.headers.authorization === "Bearer key" ? status : 401, {
        "x-request-id": "r-1",
        ...(model === "none" ? {} : { "x-sluice-cache": cache }),
      });
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const lineOf = (model: string): string => JSON.stringify({ model, messages: [] });

test("what became of each request of a file is counted, and what is not cached is said", async () => {
  const environment = { SLUICE_GATEWAY_URL: await startGateway(), SLUICE_KEY: "key" };
  const lines = ["miss", "hit", "bypass", "none", "broken"].map(lineOf).join("\n");
  const mixed = await run(["cache", "warm", "-"], lines, environment);
  expect([mixed.code, mixed.out]).toEqual([1, "1 cached, 1 were cached before, 2 not cached, 1 failed.\n"]);
  expect(mixed.error.trim().split("\n").toSorted()).toEqual([
    "Line 3: the caching of its model or route leaves such requests out",
    "Line 4: its model or route has no caching",
    "Line 5: answered 429; request r-1",
    "sluice: Not all replies are cached.",
  ]);
  const refreshed = await run(["cache", "warm", "--refresh", "-"], lineOf("hit"), environment);
  expect(refreshed).toEqual({
    code: 0,
    out: "1 cached, 0 were cached before, 0 not cached, 0 failed.\n",
    error: "",
  });
});

test.each([
  [["cache", "warm", "-"], "", "sluice: There is no request in -.\n"],
  [
    ["cache", "warm", "-"],
    lineOf("hit"),
    "sluice: SLUICE_GATEWAY_URL is set and SLUICE_KEY is not: set both.\n",
  ],
  [["cache", "invalidate"], "", "sluice: Which replies? Name --model, --tag or --key, or --all.\n"],
  [
    ["cache", "invalidate", "--all", "--tag", "faq"],
    "",
    "sluice: With --all there is nothing else to name.\n",
  ],
])("%j is refused", async (arguments_, input, error) => {
  const environment = { SLUICE_GATEWAY_URL: "http://127.0.0.1:9" };
  expect(await run(arguments_, input, environment)).toEqual({ code: 1, out: "", error });
});
