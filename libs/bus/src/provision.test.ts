import { expect, it } from "vitest";
import { connectionOf } from "./internal/connection.ts";
import { provisionBus } from "./provision.ts";
import { startTestBus } from "./testing/test-bus.ts";

it("provisions a stream as large as the disk has room for, and leaves what is there as it is", async () => {
  // Nobody has an exabyte: the size is halved until the server takes it.
  const testBus = await startTestBus({ maxEventBytes: 2 ** 60 });
  try {
    const operator = await testBus.connectOperator();
    const manager = await connectionOf(operator).jetstreamManager();
    const maxBytes = async () => (await manager.streams.info("SLUICE_EVENTS")).config.max_bytes;
    const first = await maxBytes();
    expect(first).toBeLessThan(2 ** 60);
    expect(first).toBeGreaterThan(16 * 1024 * 1024);
    await provisionBus({ ...testBus.credentials("operator"), maxEventBytes: 2 ** 25 });
    expect(await maxBytes()).toBe(first);
  } finally {
    await testBus.stop();
  }
});
