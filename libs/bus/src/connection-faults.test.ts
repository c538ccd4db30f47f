import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { startTestNatsServer } from "@sluice/servers/testing/test-servers";
import { createLogger } from "@sluice/telemetry/logger";
import { createMeshMetrics } from "@sluice/telemetry/mesh-metrics";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectBus } from "./connect.ts";
import { publishEvent } from "./events.ts";
import { servePipelineStep } from "./pipeline-step.ts";
import { startTestBus, type TestBus } from "./testing/test-bus.ts";
import { echo, toRouter } from "./testing/test-handlers.ts";
import { collectFrames, errorOf, sendTestRequest } from "./testing/test-request.ts";
import { testStepsOn } from "./testing/test-steps.ts";

let testBus: TestBus;
beforeEach(async () => {
  testBus = await startTestBus();
});
afterEach(() => testBus.stop());

const logger = createLogger({ service: "ingress", instance: "ingress-abcdefgh", level: "silent" });
const metrics = createMeshMetrics({ service: "ingress", instance: "ingress-abcdefgh" });
const ingress = { service: "ingress", instance: "ingress-abcdefgh", logger, metrics } as const;

describe("a connection", () => {
  it("comes back after a server that refused it again and again", async () => {
    const bus = await testBus.connect("ingress");
    const { port } = testBus.server;
    await testBus.stopServer();
    const stranger = await startTestNatsServer({
      port,
      users: [{ name: "other", publish: [], subscribe: [] }],
    });
    const refusals = async (): Promise<number> => {
      const log = await readFile(join(stranger.dataDir, "nats-server.log"), "utf8");
      return log.split("authentication error").length - 1;
    };
    await expect.poll(refusals, { timeout: 10_000 }).toBeGreaterThan(3);
    await stranger.stop();
    await testBus.restartServer();
    await expect.poll(() => bus.connected, { timeout: 10_000 }).toBe(true);
  });

  it("is refused with credentials that the server does not know", async () => {
    const { servers } = testBus.credentials("ingress");
    await expect(connectBus({ ...ingress, servers })).rejects.toMatchObject({ code: "bus_unavailable" });
  });

  it("is refused by a server whose messages are too small for the mesh, with the reason", async () => {
    const small = await startTestNatsServer({ maxPayloadBytes: 65_536 });
    try {
      await expect(connectBus({ ...ingress, servers: small.url })).rejects.toThrow("max_payload");
    } finally {
      await small.stop();
    }
  });

  it("is made with another server of several when one takes connections and says nothing", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const { servers, nkeySeed } = testBus.credentials("ingress");
    const options = { ...ingress, servers: `127.0.0.1:${port}, ${servers}`, nkeySeed, timeoutMs: 2000 };
    const bus = await connectBus(options);
    expect(bus.connected).toBe(true);
    await bus.drain();
    silent.close();
  });

  it("closes although its server is gone, or goes while it closes", async () => {
    const first = await testBus.connect("ingress");
    const second = await testBus.connect("router");
    await publishEvent(second, "usage", Buffer.from("{}"), "one");
    const closing = first.drain();
    await testBus.stopServer();
    await closing;
    expect(first.connected).toBe(false);
    await second.drain();
    expect(second.connected).toBe(false);
    await testBus.restartServer();
  });

  it("notices a server that has stopped answering", async () => {
    const bus = await testBus.connect("ingress");
    process.kill(testBus.server.pid, "SIGSTOP");
    try {
      await expect.poll(() => bus.connected, { timeout: 15_000 }).toBe(false);
    } finally {
      process.kill(testBus.server.pid, "SIGCONT");
    }
    await expect.poll(() => bus.connected, { timeout: 15_000 }).toBe(true);
  });
});

describe("a large body on its way into the store", () => {
  it("is given up at once when the bus is lost", async () => {
    const bus = await testBus.connect("ingress");
    const pending = collectFrames(sendTestRequest(bus, Buffer.alloc(30 * 1024 * 1024), 60_000));
    // Killed, so that nothing is finished in between.
    process.kill(testBus.server.pid, "SIGKILL");
    let code: string | undefined;
    pending.then(
      (frames) => {
        code = errorOf(frames).code;
      },
      () => undefined,
    );
    await expect.poll(() => code).toBe("bus_unavailable");
    await testBus.restartServer();
  });

  it("is given up at its deadline when the store does not answer", async () => {
    const bus = await testBus.connect("ingress", { heartbeatMs: 40 });
    process.kill(testBus.server.pid, "SIGSTOP");
    try {
      const frames = await collectFrames(sendTestRequest(bus, Buffer.alloc(4 * 1024 * 1024), 1000));
      expect(errorOf(frames).code).toBe("deadline_exceeded");
    } finally {
      process.kill(testBus.server.pid, "SIGCONT");
    }
  });
});

describe("a bus that stands still", () => {
  it("is given no more requests than a bounded heap of them, and works again when it goes on", async () => {
    // What a slow machine takes for the heap must not count as silence, nor run into a deadline.
    const ingress = await testBus.connect("ingress", { acceptMs: 60_000, silenceMs: 60_000 });
    const steps = testStepsOn(() => testBus);
    await steps.serve("auth", toRouter);
    await steps.serve("router", echo);
    const body = Buffer.alloc(400_000);
    process.kill(testBus.server.pid, "SIGSTOP");
    const first = collectFrames(sendTestRequest(ingress, body, 60_000));
    const replies = Array.from({ length: 200 }, () => collectFrames(sendTestRequest(ingress, body, 60_000)));
    const last = await replies.at(-1);
    const connected = ingress.connected;
    process.kill(testBus.server.pid, "SIGCONT");
    expect([connected, errorOf(last ?? []).code]).toEqual([true, "bus_unavailable"]);
    expect((await first).at(-1)?.type).toBe("end");
    await Promise.all(replies);
    expect((await collectFrames(sendTestRequest(ingress, body, 60_000))).at(-1)?.type).toBe("end");
    await steps.stop();
  });
});

describe("a step", () => {
  it("stops although its server is gone", async () => {
    const auth = await testBus.connect("auth");
    const step = await servePipelineStep(auth, { service: "auth", description: "test", handler: () => {} });
    await testBus.stopServer();
    await expect.poll(() => auth.connected).toBe(false);
    await step.stop(1000);
    await testBus.restartServer();
  });
});

it("a port that is no NATS server is refused in time", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const address = silent.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  try {
    const connecting = connectBus({ ...ingress, servers: `nats://127.0.0.1:${port}`, timeoutMs: 500 });
    await expect(connecting).rejects.toMatchObject({ code: "bus_unavailable" });
  } finally {
    silent.close();
  }
});
