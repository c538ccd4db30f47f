import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** In what a question differs from one that was asked: it is new altogether, or nearly the same in its words. */
export const differences = ["another subject", "a number", "a name", "a negation or the like"] as const;
export type Difference = (typeof differences)[number];

/** A question, and what it means: those of one meaning have one answer. */
export interface Question {
  text: string;
  meaning: string;
  difference: Difference;
}

/** What one user asks: questions in several wordings, and then others that nearly have the words of those. */
export interface Round {
  /** The system prompt, which keeps the rounds apart. */
  system: string;
  wordings: readonly Question[];
  nearMisses: readonly Question[];
}

const file = fileURLToPath(new URL("../../data/questions.json", import.meta.url));
const template = z.string().includes("{}");
const kindsSchema = z.array(
  z.strictObject({
    name: z.string(),
    values: z.array(z.string()).length(5),
    /** The same in several wordings. */
    asked: z.array(template).length(4),
    /** Nearly the same words, and not the same. */
    negated: template,
  }),
);

/** Each kind has so many wordings of its question, and so many near misses, in each of the rounds. */
export const questionsPerKind = { wordings: 4, nearMisses: 5, rounds: 5 };

/**
 * The questions, in an order that is the same each time: a round for each value, of which all wordings are asked, then the
 * other values and what is not meant.
 * @param kindCount how many of the kinds. @default all
 */
export function readRounds(kindCount?: number): Round[] {
  const kinds = kindsSchema.parse(JSON.parse(readFileSync(file, "utf8"))).slice(0, kindCount);
  return Array.from({ length: questionsPerKind.rounds }, (_, round) => ({
    system: `You are a friendly assistant, number ${round + 1}.`,
    wordings: shuffled(
      kinds.flatMap(({ name, values, asked }) => {
        const value = values[round] ?? "";
        return asked.map((text) => questionOf(text, value, name, "another subject"));
      }),
    ),
    nearMisses: shuffled(
      kinds.flatMap(({ name, values, asked: [first = ""], negated }) => [
        questionOf(negated, values[round] ?? "", `not ${name}`, "a negation or the like"),
        ...values
          .filter((_value, index) => index !== round)
          .map((value) => questionOf(first, value, name, /^\d+$/.test(value) ? "a number" : "a name")),
      ]),
    ),
  }));
}

function questionOf(template: string, value: string, kind: string, difference: Difference): Question {
  return { text: template.replace("{}", value), meaning: `${kind}: ${value}`, difference };
}

/** By Fisher and Yates, with a generator of fixed numbers (mulberry32). */
function shuffled<Item>(items: readonly Item[]): Item[] {
  const mixed = [...items];
  let state = 0x51_07ce;
  const random = (): number => {
    state = (state + 0x6d_2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other] as Item, mixed[last] as Item];
  }
  return mixed;
}
