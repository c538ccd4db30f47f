import { claimBucket } from "@sluice/contracts/subjects";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deleteClaim, getClaim, putClaim } from "./claim-check.ts";
import { connectionOf } from "./internal/connection.ts";
import { provisionBus } from "./provision.ts";
import { startTestBus, type TestBus } from "./testing/test-bus.ts";

let testBus: TestBus;
beforeAll(async () => {
  testBus = await startTestBus();
});
afterAll(() => testBus.stop());

describe("a claimed body", () => {
  it("lets others have their turn between its pieces while it is stored", async () => {
    const router = await testBus.connect("router");
    const body = Buffer.alloc(8 * 1024 * 1024, "0123456789");
    let turns = 0;
    let storing = true;
    const count = (): void => {
      turns++;
      if (storing) setImmediate(count);
    };
    setImmediate(count);
    const claim = await putClaim(router, "turns", body, { singleUse: true });
    storing = false;
    // One at least for each half MiB.
    expect(turns).toBeGreaterThanOrEqual(15);
    expect(Buffer.compare(await getClaim(router, claim), body)).toBe(0);
    await deleteClaim(router, claim);
  });

  it.each([0, 1, 128 * 1024, 128 * 1024 + 1])(
    "of %i bytes comes back as it was, and is gone once deleted",
    async (bytes) => {
      const router = await testBus.connect("router");
      const body = Buffer.alloc(bytes, "abc");
      const claim = await putClaim(router, `size-${bytes}`, body, { singleUse: true });
      expect(Buffer.compare(await getClaim(router, claim), body)).toBe(0);
      await deleteClaim(router, claim);
      await expect(getClaim(router, claim)).rejects.toMatchObject({ code: "internal" });
    },
  );
});

describe("a store that is away", () => {
  it("refuses bodies when it is not back in time, and takes them when it is back, from those too that it refused", async () => {
    const operator = await testBus.connectOperator();
    const [guard, router] = [await testBus.connect("guard"), await testBus.connect("router")];
    const body = Buffer.alloc(8 * 1024 * 1024, "abc");
    const claim = await putClaim(guard, "before", body, { singleUse: true });
    // As after the loss of the bus's disk, before it is provisioned again.
    const manager = await connectionOf(operator).jetstreamManager();
    await manager.streams.delete(`OBJ_${claimBucket}`);
    const refused = { code: "bus_unavailable" };
    await expect(putClaim(guard, "refused", body, { singleUse: true })).rejects.toMatchObject(refused);
    await expect(getClaim(router, claim)).rejects.toMatchObject(refused);
    await provisionBus(testBus.credentials("operator"));
    const again = await putClaim(guard, "again", body, { singleUse: true });
    expect(Buffer.compare(await getClaim(router, again), body)).toBe(0);
    await expect(getClaim(guard, claim)).rejects.toMatchObject({ code: "internal" });
    await deleteClaim(router, again);
  });
});

describe("a body", () => {
  it("comes back whole when others were stored at the same time, with pieces between its own", async () => {
    const router = await testBus.connect("router");
    const bodies = ["a", "b", "c", "d"].map((text) => Buffer.alloc(1_500_000, text));
    const options = { singleUse: true };
    const claims = await Promise.all(
      bodies.map((body, index) => putClaim(router, `beside-${index}`, body, options)),
    );
    for (const [index, claim] of claims.entries()) {
      expect(Buffer.compare(await getClaim(router, claim), bodies[index] ?? Buffer.alloc(0))).toBe(0);
      await deleteClaim(router, claim);
    }
  });

  it("that is damaged is not given out", async () => {
    const router = await testBus.connect("router");
    const operator = await testBus.connectOperator();
    const claim = await putClaim(router, "damaged", Buffer.alloc(300_000, "a"), { singleUse: true });
    const manager = await connectionOf(operator).jetstreamManager();
    const stream = `OBJ_${claimBucket}`;
    const { state } = await manager.streams.info(stream);
    // The last message tells of the object, the one before it is its last piece.
    await manager.streams.deleteMessage(stream, state.last_seq - 1);
    await expect(getClaim(router, claim)).rejects.toMatchObject({ code: "internal" });
    await deleteClaim(router, claim);
  });
});

describe("a store that is full", () => {
  it("refuses what it has no room for, and keeps no part of it", async () => {
    const operator = await testBus.connectOperator();
    const router = await testBus.connect("router");
    const manager = await connectionOf(operator).jetstreamManager();
    const stream = `OBJ_${claimBucket}`;
    const { config } = await manager.streams.info(stream);
    await manager.streams.update(stream, { ...config, max_bytes: 2 * 1024 * 1024 });
    const tooLarge = putClaim(router, "large", Buffer.alloc(4 * 1024 * 1024), { singleUse: true });
    await expect(tooLarge).rejects.toMatchObject({ code: "bus_unavailable" });
    const storedBytes = async (): Promise<number> => (await manager.streams.info(stream)).state.bytes;
    await expect.poll(storedBytes).toBeLessThan(128 * 1024);
    await manager.streams.update(stream, config);
  });
});
