import { expect, test } from "vitest";
import { Bill, type BillRow } from "./bill.ts";

function row(inputTokens: number): BillRow {
  return {
    provider: "openai",
    providerRequestId: "req_1",
    model: "gpt-4o-mini",
    operation: "chat",
    stream: false,
    inputTokens,
    outputTokens: 0,
    cachedInputTokens: 0,
    cacheWriteInputTokens: 0,
    reasoningTokens: 0,
    status: "completed",
    atMs: 1,
  };
}

test("beyond a million rows the oldest are forgotten, and the bill says how many", () => {
  const bill = new Bill();
  for (let index = 0; index <= 1_000_000; index += 1) bill.add(row(index));
  const page = bill.page({ limit: 1 });
  expect(page.forgotten).toBe(100_000);
  expect(page.rows[0]?.inputTokens).toBe(100_000);
  expect(page.next).toBe("100001");
  expect(bill.page({ limit: 1, cursor: 100_001 }).rows[0]?.inputTokens).toBe(100_001);
});

test("a cleared bill has forgotten nothing, and an old cursor does not go astray", () => {
  const bill = new Bill();
  bill.add(row(1));
  bill.clear();
  bill.add(row(2));
  expect(bill.page({ limit: 5, cursor: 0 })).toMatchObject({ rows: [{ inputTokens: 2 }], forgotten: 0 });
});
