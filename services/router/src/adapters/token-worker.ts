import { parentPort } from "node:worker_threads";
import { Tiktoken } from "js-tiktoken/lite";
import o200k from "js-tiktoken/ranks/o200k_base";
import { tokenPieces } from "../domain/token-pieces.ts";

/** Counts tokens on its own thread: `{id, text}` in, `{id, tokens}` out. */
const encoding = new Tiktoken(o200k);

parentPort?.on("message", ({ id, text }: { id: number; text: string }) => {
  let tokens = 0;
  // Special tokens in a text are text: nobody may end a count by writing one.
  for (const piece of tokenPieces(text)) tokens += encoding.encode(piece, [], []).length;
  parentPort?.postMessage({ id, tokens });
});
