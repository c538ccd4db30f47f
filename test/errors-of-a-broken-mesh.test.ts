import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ExpectedError } from "./support/error-table.ts";
import { expectError, expectStreamError } from "./support/expect-error.ts";
import { type Mesh, startMesh } from "./support/mesh.ts";
import { connectAsOperator } from "./support/operator-connection.ts";
import { type ClientDialect, clientDialects, sendChat } from "./support/raw-request.ts";
import { runSluice } from "./support/run-sluice.ts";

const maxOpenRequests = 12;
const configuration = (requestTimeout: string) => `
gateway: {maxOpenRequests: ${maxOpenRequests}, requestTimeout: ${requestTimeout}}
backends: {openai: {provider: openai}}
models: [{name: gpt-4o, backend: openai}]
`;

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh({ configuration: configuration("1m") });
});
afterAll(async () => {
  await mesh?.stop();
});

function ask(dialect: ClientDialect, text: string, stream = false, signal?: AbortSignal): Promise<Response> {
  return sendChat(mesh, {
    dialect,
    model: "gpt-4o",
    text,
    stream,
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Asks in every dialect at the same time. */
function askInEach(text: string, stream = false): Promise<[ClientDialect, Response][]> {
  return Promise.all(
    clientDialects.map(
      async (dialect): Promise<[ClientDialect, Response]> => [dialect, await ask(dialect, text, stream)],
    ),
  );
}

async function expectInEach(answers: [ClientDialect, Response][], expected: ExpectedError): Promise<void> {
  for (const [dialect, response] of answers) await expectError(response, dialect, expected);
}

async function pidOf(service: string): Promise<number> {
  const found = (await mesh.reread()).processes.find((each) => each.service === service);
  if (found === undefined) throw new Error(`${service} does not run`);
  return found.pid;
}

async function becomesUsable(): Promise<void> {
  await expect
    .poll(async () => (await ask("openai", "Hi")).status, { timeout: 20_000, interval: 100 })
    .toBe(200);
}

/** How many calls the provider holds open. */
async function openCalls(): Promise<unknown> {
  const response = await fetch(`${mesh.simulatorUrl}/control/state`);
  return ((await response.json()) as { openCalls: unknown }).openCalls;
}

test("past its open requests the gateway refuses at once, and takes new ones when some are over", async () => {
  const leaving = new AbortController();
  const held = Array.from({ length: maxOpenRequests }, () =>
    ask("openai", "[[sim hang]]", false, leaving.signal),
  );
  const ended = Promise.allSettled(held);
  await expect.poll(openCalls).toBe(maxOpenRequests);
  await expectInEach(await askInEach("Hi"), {
    code: "overloaded",
    message: "The gateway has as many open requests as it takes.",
    retryAfterMs: 1000,
  });
  leaving.abort();
  await ended;
  await expect.poll(openCalls).toBe(0);
  await becomesUsable();
});

describe("when a request takes longer than the gateway allows", () => {
  const expected = { code: "deadline_exceeded", message: "The request took longer than the gateway allows." };
  const apply = async (requestTimeout: string) => {
    await writeFile(join(mesh.dataDir, "timeout.yaml"), configuration(requestTimeout));
    expect((await runSluice(mesh, "apply", "timeout.yaml")).code).toBe(0);
  };
  beforeAll(() => apply("1s"));
  afterAll(() => apply("1m"));

  test("it is answered 504, and the provider's call ends", async () => {
    await expectInEach(await askInEach("[[sim hang]]"), expected);
    await expect.poll(openCalls).toBe(0);
  });

  test("its stream ends with the error", async () => {
    for (const [dialect, response] of await askInEach("[[sim stall-after=3]]", true)) {
      await expectStreamError(response, dialect, expected);
    }
    await expect.poll(openCalls).toBe(0);
  });
});

test("when the router that holds a request dies, that is told, and the request is not repeated", async () => {
  const plain = askInEach("[[sim hang]]");
  const streams = await askInEach("[[sim stall-after=3]]", true);
  await expect.poll(openCalls).toBe(6);
  process.kill(await pidOf("router"), "SIGKILL");
  const expected = {
    code: "holder_lost",
    message: "The part of the gateway that held the request is gone.",
  };
  await Promise.all([
    expectInEach(await plain, expected),
    ...streams.map(([dialect, response]) => expectStreamError(response, dialect, expected)),
  ]);
  await becomesUsable();
  // The three and the three, and the request that showed that all is well again.
  const response = await fetch(`${mesh.simulatorUrl}/control/requests?limit=1000`);
  const { requests } = (await response.json()) as { requests: { body: unknown }[] };
  const lost = requests.filter(({ body }) => /hang|stall-after/.test(JSON.stringify(body))).length;
  expect(lost).toBe(maxOpenRequests + 6 + 6);
});

test("when no instance of a service takes it, a request is refused and may be sent again", async () => {
  const pid = await pidOf("auth");
  process.kill(pid, "SIGSTOP");
  try {
    await expectInEach(await askInEach("Hi"), {
      code: "service_unavailable",
      message: "No part of the gateway took the request.",
      retryAfterMs: 1000,
    });
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await becomesUsable();
});

test("without the bus every request is refused at once, and all goes on when it is back", async () => {
  // Each time that it dies young it stays away for longer: long enough to be looked at.
  for (let times = 0; times < 3; times++) {
    const pid = await pidOf("nats");
    process.kill(pid, "SIGKILL");
    const another = async () => (await pidOf("nats").catch(() => pid)) !== pid;
    await expect.poll(another, { timeout: 10_000, interval: 20 }).toBe(times < 2);
  }
  await expect.poll(async () => (await fetch(`${mesh.gateway}/readyz`)).status, { interval: 5 }).toBe(503);
  await expectInEach(await askInEach("Hi"), {
    code: "bus_unavailable",
    message: "The gateway's bus is not reachable.",
    retryAfterMs: 1000,
  });
  await becomesUsable();
});

test("what cannot be written ahead is not sent to a provider", async () => {
  const operator = await connectAsOperator(mesh);
  const manager = await operator.jetstreamManager();
  await manager.streams.delete("SLUICE_EVENTS");
  await operator.close();
  const calls = async () =>
    ((await (await fetch(`${mesh.simulatorUrl}/control/state`)).json()) as { calls: number }).calls;
  const before = await calls();
  await expectInEach(await askInEach("Hi"), {
    code: "ledger_unavailable",
    message: "The call could not be recorded, so it was not made.",
    retryAfterMs: 1000,
  });
  expect(await calls()).toBe(before);
});
