import { expect, it } from "vitest";
import { newRequestId } from "./request-id.ts";

it("gives ids that are all different, of version 7, and with the time in front", () => {
  const beforeMs = Date.now();
  const ids = Array.from({ length: 1000 }, () => newRequestId());
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const atMs = Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
    expect(atMs).toBeGreaterThanOrEqual(beforeMs);
    expect(atMs).toBeLessThanOrEqual(Date.now());
  }
});
