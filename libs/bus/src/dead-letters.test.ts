import { createHash } from "node:crypto";
import type { DeadLetter } from "@sluice/contracts/dead-letter";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Bus } from "./bus.ts";
import { findDeadLetter, keepDeadLetters, listDeadLetters } from "./dead-letters.ts";
import { readEventLag } from "./event-lag.ts";
import { connectionOf } from "./internal/connection.ts";
import { startTestBus, type TestBus } from "./testing/test-bus.ts";

let testBus: TestBus;
let ledger: Bus;
beforeEach(async () => {
  testBus = await startTestBus();
  ledger = await testBus.connect("ledger");
});
afterEach(() => testBus.stop());

function letter(text: string, size = 10): DeadLetter {
  return {
    digest: createHash("sha256").update(text).digest("hex"),
    subject: "sluice.v1.events.usage",
    reason: `reason of ${text}`,
    streamSequence: 7,
    publishedAtMs: 1_750_000_000_000,
    data: Buffer.alloc(size, text).toString("base64"),
  };
}

it("are kept and found again, by page and by digest", async () => {
  const letters = ["a", "b", "c"].map((text) => letter(text));
  await keepDeadLetters(ledger, letters);
  const first = await listDeadLetters(ledger, 2);
  const rest = await listDeadLetters(ledger, 2, first.at(-1)?.sequence);
  expect([...first, ...rest].map((kept) => kept.letter)).toEqual(letters);
  expect(await findDeadLetter(ledger, letter("b").digest)).toEqual(first[1]);
  expect(await findDeadLetter(ledger, letter("x").digest)).toBeUndefined();
});

it("are there once, at the end, however often they are met", async () => {
  for (const text of ["a", "b", "a", "a"]) await keepDeadLetters(ledger, [letter(text)]);
  const kept = await listDeadLetters(ledger, 10);
  expect(kept.map((one) => one.letter.reason)).toEqual(["reason of b", "reason of a"]);
  expect((await readEventLag(ledger)).deadLetters).toBe(2);
});

it("of an event that a letter can't carry say where it is", async () => {
  const large = letter("large", 1024 * 1024);
  await keepDeadLetters(ledger, [large]);
  const kept = await findDeadLetter(ledger, large.digest);
  expect(kept?.letter).toEqual({
    ...large,
    data: "",
    reason: "reason of large (too large for a letter; it is in the event stream at its sequence)",
  });
});

it("never fill their stream up: the oldest go", async () => {
  const operator = await testBus.connectOperator();
  const manager = await connectionOf(operator).jetstreamManager();
  const { config } = await manager.streams.info("SLUICE_DEAD_LETTERS");
  await manager.streams.update("SLUICE_DEAD_LETTERS", { ...config, max_bytes: 5000 });
  for (const text of "abcdefgh") await keepDeadLetters(ledger, [letter(text, 1000)]);
  const kept = await listDeadLetters(ledger, 10);
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThan(8);
  expect(kept.at(-1)?.letter).toEqual(letter("h", 1000));
});

it("are not taken for kept while their stream is away", async () => {
  const operator = await testBus.connectOperator();
  await (await connectionOf(operator).jetstreamManager()).streams.delete("SLUICE_DEAD_LETTERS");
  await expect(keepDeadLetters(ledger, [letter("a")])).rejects.toMatchObject({ code: "bus_unavailable" });
});

it("may be written by the ledger alone", async () => {
  const router = await testBus.connect("router");
  await expect(keepDeadLetters(router, [letter("forged")])).rejects.toMatchObject({
    code: "bus_unavailable",
  });
  expect(await listDeadLetters(ledger, 10)).toEqual([]);
});
