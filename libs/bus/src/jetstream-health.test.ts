import { expect, test } from "vitest";
import { askJetStream } from "./jetstream-health.ts";
import { startTestBus } from "./testing/test-bus.ts";

test("a JetStream that works answers, one whose server stands still is silent, one without a server is away", async () => {
  const testBus = await startTestBus();
  try {
    const operator = await testBus.connectOperator();
    expect(await askJetStream(operator, 2000)).toBe("answers");
    process.kill(testBus.server.pid, "SIGSTOP");
    // A signal takes its time, and the server may answer one last question meanwhile.
    await expect.poll(() => askJetStream(operator, 200)).toBe("silent");
    process.kill(testBus.server.pid, "SIGCONT");
    await expect.poll(() => askJetStream(operator, 2000), { timeout: 10_000 }).toBe("answers");
    await testBus.stopServer();
    await expect.poll(() => askJetStream(operator, 200), { timeout: 10_000 }).toBe("away");
  } finally {
    await testBus.stop();
  }
});
