import { describe, expect, it } from "vitest";
import { deliveryOf, readRequestKey, requestIdOf, requestKey, writeRequestKey } from "./request-key.ts";

describe("request key", () => {
  const requestId = "019a0b1c-2d3e-7f40-8fff-00ff10203040";

  it("keeps request id and delivery through the wire form", () => {
    const buffer = Buffer.alloc(20);
    const end = writeRequestKey(buffer, requestKey(requestId, 255), 2);
    expect(end).toBe(19);
    const key = readRequestKey(buffer, 2);
    expect(requestIdOf(key)).toBe(requestId);
    expect(deliveryOf(key)).toBe(255);
  });

  it("tells deliveries of the same request apart", () => {
    expect(requestKey(requestId, 1)).not.toBe(requestKey(requestId, 2));
  });
});
