import { createLogger } from "@sluice/telemetry/logger";
import { Tiktoken } from "js-tiktoken/lite";
import o200k from "js-tiktoken/ranks/o200k_base";
import { afterAll, describe, expect, it } from "vitest";
import { TokenCounter } from "./token-counter.ts";

const counter = new TokenCounter(
  createLogger({ service: "router", instance: "router-test", level: "silent" }),
);
afterAll(() => counter.close());
const encoding = new Tiktoken(o200k);

describe("a count of tokens on a thread", () => {
  it.each([
    "",
    "Hello, world.",
    "漢字とかな交じり文",
    "Line one.\r\n\tLine two?  ",
    "<|endoftext|> is text, too, when a client writes it",
    "for (let i = 0; i < 10; i++) { console.log(i); }",
  ])("is the tokenizer's: %j", async (text) => {
    expect(await counter.count(text)).toBe(encoding.encode(text, [], []).length);
  });

  it("leaves this thread to others while it goes on", async () => {
    let turns = 0;
    let counting = true;
    const turn = (): void => {
      turns++;
      if (counting) setImmediate(turn);
    };
    turn();
    const tokens = await counter.count("天地玄黄宇宙洪荒".repeat(500));
    counting = false;
    expect(tokens).toBeGreaterThan(1000);
    // The thread of a count that blocks has no turn between its start and its end.
    expect(turns).toBeGreaterThan(10);
  });

  it("comes to an end for a text of many megabytes of which no tokenizer would", async () => {
    const tokens = await counter.count("天地玄黄宇宙洪荒".repeat(1_000_000));
    expect(tokens).toBeGreaterThan(1_000_000);
  });

  it("is none, rather than one that never comes, when the thread dies; and the next one is counted", async () => {
    const own = new TokenCounter(
      createLogger({ service: "router", instance: "router-test", level: "silent" }),
    );
    expect(await own.count("one")).toBe(1);
    const lost = own.count("天地玄黄宇宙洪荒".repeat(100_000));
    await own.close();
    expect(await lost).toBeUndefined();
    expect(await own.count("one")).toBe(1);
    await own.close();
  });
});
