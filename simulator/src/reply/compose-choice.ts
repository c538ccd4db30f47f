import type { Behaviour } from "../behaviour.ts";
import { chunksNeeded } from "../behaviour.ts";
import type { Prompt } from "../prompt.ts";
import { hashText } from "../text-hash.ts";
import type { Choice } from "./choice.ts";
import { chooseToolCalls } from "./choose-tool-calls.ts";
import { fillerPieceCount, fillerPieces } from "./filler.ts";
import { fitSchema } from "./fit-schema.ts";
import { splitText } from "./split-text.ts";
import { defaultLength, endlessWords, sentence, wordAt } from "./words.ts";

const defaultReasoningTokens = 16;
const refusalText = "I can't help with that.";

/** The replies to a prompt, the same for the same prompt and behaviour. */
export function composeChoices(prompt: Prompt, behaviour: Behaviour): Choice[] {
  const seed = hashText(prompt.lastUserText);
  return Array.from({ length: prompt.choiceCount }, (_unused, index) =>
    composeChoice(prompt, behaviour, seed + index),
  );
}

function composeChoice(prompt: Prompt, behaviour: Behaviour, seed: number): Choice {
  const reasoningTokens = behaviour.reasoning ?? (prompt.reasoningAsked ? defaultReasoningTokens : 0);
  const reasoning = Array.from({ length: reasoningTokens }, (_unused, index) => wordAt(seed + 1, index));
  const plain = { reasoning, lazy: false, toolCalls: [], stopSequence: undefined };
  if (behaviour.refuse) {
    const text = behaviour.refuse === "prompt" ? [] : splitText(refusalText, false);
    const stop = behaviour.refuse === "prompt" ? "prompt_refused" : "refusal";
    return { ...plain, reasoning: [], text, textTokens: text.length, stop };
  }
  const toolCalls = chooseToolCalls(prompt, behaviour, seed);
  if (toolCalls.length > 0) return { ...plain, toolCalls, text: [], textTokens: 0, stop: "tool_calls" };
  if (behaviour.neverEnds) {
    return {
      ...plain,
      text: endlessWords(seed),
      textTokens: Number.POSITIVE_INFINITY,
      lazy: true,
      stop: "end",
    };
  }
  if (behaviour.bytes !== undefined) {
    const textTokens = fillerPieceCount(behaviour.bytes);
    return { ...plain, text: fillerPieces(behaviour.bytes), textTokens, lazy: true, stop: "end" };
  }
  return limit(prompt, behaviour, plain, composeText(prompt, behaviour, seed));
}

function composeText(prompt: Prompt, behaviour: Behaviour, seed: number): string[] {
  const split = behaviour.split ?? false;
  if (behaviour.say !== undefined) return splitText(behaviour.say, split);
  if (behaviour.say64 !== undefined) {
    return splitText(Buffer.from(behaviour.say64, "base64").toString("utf8"), split);
  }
  if (behaviour.echo) return splitText(prompt.lastUserText, split);
  if (behaviour.chunks !== undefined) return sentence(seed, behaviour.chunks);
  if (prompt.toolResult !== undefined) return splitText(`The tool returned: ${prompt.toolResult}`, split);
  if (prompt.structured !== undefined) {
    const value = prompt.structured.schema === undefined ? {} : fitSchema(prompt.structured.schema, seed);
    const answer =
      prompt.structured.schema === undefined ? { answer: sentence(seed, defaultLength).join("") } : value;
    return splitText(JSON.stringify(answer), split);
  }
  return sentence(seed, Math.max(defaultLength, chunksNeeded(behaviour)));
}

/** Applies stop sequences and the token limit, which reasoning counts towards. */
function limit(
  prompt: Prompt,
  behaviour: Behaviour,
  plain: Pick<Choice, "reasoning" | "lazy" | "toolCalls" | "stopSequence">,
  whole: string[],
): Choice {
  const stopped = stopAt(whole, prompt.stopSequences);
  const pieces = stopped?.pieces ?? whole;
  const asked = behaviour.length ? Math.max(1, Math.floor(pieces.length / 2)) : Number.POSITIVE_INFINITY;
  const allowed = prompt.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const reasoning = plain.reasoning.slice(0, allowed);
  const room = Math.min(asked, allowed - reasoning.length);
  if (behaviour.length || pieces.length > room) {
    const text = pieces.slice(0, room);
    return { ...plain, reasoning, text, textTokens: text.length, stop: "length" };
  }
  const choice = { ...plain, reasoning, text: pieces, textTokens: pieces.length };
  if (stopped === undefined) return { ...choice, stop: "end" };
  return { ...choice, stop: "stop_sequence", stopSequence: stopped.sequence };
}

function stopAt(
  pieces: readonly string[],
  sequences: readonly string[],
): { pieces: string[]; sequence: string } | undefined {
  if (sequences.length === 0) return undefined;
  const text = pieces.join("");
  let first: { at: number; sequence: string } | undefined;
  for (const sequence of sequences) {
    const at = text.indexOf(sequence);
    if (at !== -1 && (first === undefined || at < first.at)) first = { at, sequence };
  }
  if (first === undefined) return undefined;
  const kept: string[] = [];
  let length = 0;
  for (const piece of pieces) {
    if (length >= first.at) break;
    kept.push(piece.slice(0, first.at - length));
    length += piece.length;
  }
  return { pieces: kept, sequence: first.sequence };
}
