import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type RouterBench, startRouterBench } from "../testing/router-bench.ts";

/** What came to a destination. */
interface Got {
  method: string | undefined;
  url: string | undefined;
  body: string;
}

interface Destination {
  server: Server;
  port: number;
  got: Got[];
  /** How it answers. @default with 200 and its name */
  answers: RequestListener | undefined;
}

async function startDestination(name: string): Promise<Destination> {
  const destination: Destination = { server: createServer(), port: 0, got: [], answers: undefined };
  destination.server.on("request", (request: IncomingMessage, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (piece: string) => {
      body += piece;
    });
    request.on("end", () => {
      destination.got.push({ method: request.method, url: request.url, body });
      if (destination.answers === undefined) response.end(name);
      else destination.answers(request, response);
    });
  });
  await new Promise<void>((resolve) => destination.server.listen(0, "127.0.0.1", resolve));
  destination.port = (destination.server.address() as AddressInfo).port;
  return destination;
}

const names = Array.from({ length: 12 }, (_value, index) => `first-${index}`);
let used = 0;

/** Each route has a first destination of its own name, which nothing is held against yet, and the second. */
function resources(firstPort: number, secondPort: number): string {
  const service = (name: string, port: number) => `
apiVersion: sluice.dev/v1
kind: ExternalService
metadata: { name: ${name} }
spec:
  hosts: [127.0.0.1]
  ports: [{ number: ${port}, protocol: HTTP }]
  timeouts: { firstToken: 200ms }
  retries: { attempts: 1 }
---`;
  const route = (name: string, first: string, more = "") => `
    - name: ${name}
      match: [{ path: { prefix: /${name} } }]
      destinations:
        - { externalService: { name: ${first} } }
        - { externalService: { name: second }, priority: 1 }
      ${more}`;
  return `${names.map((name) => service(name, firstPort)).join("")}${service("second", secondPort)}${service("refuses", 9)}
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: all }
spec:
  routes:${names.map((name) => route(name, name)).join("")}${route("refuses", "refuses")}${route("posts", "first-0", "failover: { methods: [POST] }")}
`;
}

let first: Destination;
let second: Destination;
let bench: RouterBench;
beforeAll(async () => {
  [first, second] = await Promise.all([startDestination("first"), startDestination("second")]);
  const configuration =
    "backends: { openai: { provider: openai, baseUrl: $SIMULATOR/v1 } }\nmodels: [{ name: any, backend: openai }]";
  bench = await startRouterBench({ configuration, resources: resources(first.port, second.port) });
  await bench.startRouter();
});
afterEach(() => {
  for (const destination of [first, second]) {
    destination.got = [];
    destination.answers = undefined;
  }
});
afterAll(async () => {
  await bench.stop();
  for (const { server } of [first, second]) {
    server.closeAllConnections();
    server.close();
  }
});

function ask(name: string, method: string, body = "") {
  const forwarded = { method, path: `/${name}?q=1`, headers: { "content-type": "text/plain" } };
  return bench.send({ route: `all/${name}`, operation: "http", model: "", forwarded }, body).answer;
}

const nextName = (): string => names[used++] ?? "none is left";

const failures: [string, RequestListener][] = [
  ["with 503", (_request, response) => response.writeHead(503).end()],
  ["with 429", (_request, response) => response.writeHead(429).end()],
  ["by a reset", (request) => request.socket.destroy()],
  ["by silence", () => undefined],
];

describe("a forwarded request whose first destination fails", () => {
  it.each(failures)("%s is answered by the second where it may be sent once more", async (_how, answers) => {
    first.answers = answers;
    const { head, body, error } = await ask(nextName(), "PUT", "text");
    expect(error).toBeUndefined();
    expect(head?.headers).toMatchObject({
      "x-sluice-backend": `second:${second.port}`,
      "x-sluice-attempts": "2",
    });
    expect(body).toBe("second");
    expect(second.got).toEqual([
      { method: "PUT", url: expect.stringContaining("?q=1") as string, body: "text" },
    ]);
  });

  it.each(failures)("%s is told of that where it has had a POST", async (_how, answers) => {
    first.answers = answers;
    const { head, error } = await ask(nextName(), "POST", "text");
    expect(head?.status ?? error?.status).toBeGreaterThanOrEqual(429);
    expect(second.got).toEqual([]);
  });

  it("without having had it is answered by the second, whatever the method", async () => {
    const { body } = await ask("refuses", "POST", "text");
    expect(body).toBe("second");
  });

  it("is answered by the second for the methods that the route names, and no others", async () => {
    first.answers = (_request, response) => response.writeHead(500).end();
    expect((await ask("posts", "POST", "text")).body).toBe("second");
    expect((await ask("posts", "GET")).head?.status).toBe(500);
  });

  it("has the last one's answer where all fail", async () => {
    first.answers = (_request, response) => response.writeHead(500).end();
    second.answers = (_request, response) => response.writeHead(502).end("down");
    const { head, body } = await ask(nextName(), "GET");
    expect([head?.status, body]).toEqual([502, "down"]);
  });

  it("through its own fault has that answer, and nobody else is asked", async () => {
    first.answers = (_request, response) => response.writeHead(404).end("no");
    const { head, body } = await ask(nextName(), "GET");
    expect([head?.status, body]).toEqual([404, "no"]);
    expect(second.got).toEqual([]);
  });
});

it("a destination that goes on failing is left alone", async () => {
  first.answers = (_request, response) => response.writeHead(503, { "retry-after": "60" }).end();
  const name = nextName();
  for (let request = 0; request < 5; request++) expect((await ask(name, "GET")).body).toBe("second");
  expect(first.got).toHaveLength(1);
});
