import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deleteClaim, getClaim, putClaim } from "./claim-check.ts";
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
    expect(turns).toBeGreaterThan(60);
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
