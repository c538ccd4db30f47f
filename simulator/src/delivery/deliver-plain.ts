import type { Behaviour } from "../behaviour.ts";
import { type Choice, outputTokens } from "../reply/choice.ts";
import type { ChatDialect, ChatReply } from "./chat-dialect.ts";
import { deliverBody } from "./deliver-body.ts";
import type { Exchange } from "./exchange.ts";

/** Stands where a lazy choice's text goes; JSON needs no escape for it. */
const textMark = "@simulated-text@";

/**
 * Sends a whole reply in one body, or as much of it as the behaviour lets through.
 * @returns output tokens to be billed
 */
export async function deliverPlain(
  exchange: Exchange,
  dialect: ChatDialect,
  reply: ChatReply,
  headers: readonly string[],
  behaviour: Behaviour,
): Promise<number> {
  const lazy = reply.choices.find((choice) => choice.lazy);
  if (lazy !== undefined) return deliverLazy(exchange, dialect, reply, lazy, headers);
  const body = Buffer.from(JSON.stringify(dialect.plainBody(reply)));
  const isWhole = await deliverBody(exchange, body, headers, behaviour);
  return isWhole ? totalTokens(reply.choices) : 0;
}

/** Sends a reply whose text is too large to be held: the JSON before the text, the text as it is made, the JSON after it. */
async function deliverLazy(
  exchange: Exchange,
  dialect: ChatDialect,
  reply: ChatReply,
  lazy: Choice,
  headers: readonly string[],
): Promise<number> {
  const marked = { ...reply, choices: [{ ...lazy, text: [textMark] }] };
  const [before = "", after = ""] = JSON.stringify(dialect.plainBody(marked)).split(textMark);
  exchange.response.writeHead(200, [...headers, "content-type", "application/json"]);
  await exchange.write(before);
  let tokens = lazy.reasoning.length;
  for (const piece of lazy.text) {
    if (exchange.closed) return tokens;
    await exchange.write(JSON.stringify(piece).slice(1, -1));
    tokens += 1;
    // A peer that reads fast would otherwise keep the process to itself.
    if (tokens % 64 === 0) await exchange.nextTurn();
  }
  await exchange.end(after);
  return tokens;
}

function totalTokens(choices: readonly Choice[]): number {
  return choices.reduce((sum, choice) => sum + outputTokens(choice), 0);
}
