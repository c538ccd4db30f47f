import { parentPort } from "node:worker_threads";
import { Tiktoken } from "js-tiktoken/lite";
import o200k from "js-tiktoken/ranks/o200k_base";
import { countTokens } from "../domain/count-tokens.ts";

/** Time for one text, so that a large one does not hold up those behind it for long. */
const budgetMs = 1500;

/** Counts tokens on its own thread: `{id, text}` in, `{id, tokens}` out. */
const encoding = new Tiktoken(o200k);

parentPort?.on("message", ({ id, text }: { id: number; text: string }) => {
  // Special tokens in a text are text: nobody may end a count by writing one.
  const tokens = countTokens(text, (piece) => encoding.encode(piece, [], []).length, budgetMs);
  parentPort?.postMessage({ id, tokens });
});
