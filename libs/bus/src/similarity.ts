import {
  type ForgottenQuestion,
  type RememberedQuestion,
  type SimilarAnswer,
  type SimilarQuestion,
  type SimilarReply,
  similarAnswerSchema,
  type similarityFaults,
} from "@sluice/contracts/similar-reply";
import { similarityReplySubject, similaritySubjects } from "@sluice/contracts/subjects";
import type { Bus } from "./bus.ts";
import { oncePerBus } from "./internal/connection.ts";
import { encodeJson } from "./internal/json-payload.ts";
import { publish } from "./internal/publish.ts";
import { subscribe } from "./internal/subscribe.ts";
import { encodeVector } from "./internal/vector-codec.ts";

/** Why nothing is known: what the ledger said, no ledger is there, it is slow, the bus is away, it says what we don't know. */
export type SimilarityFault =
  | (typeof similarityFaults)[number]
  | "no_ledger"
  | "slow_ledger"
  | "no_bus"
  | "unknown_answer";

/** The most similar first; or why nothing is known. */
export type FoundSimilar = { replies: readonly SimilarReply[] } | { fault: SimilarityFault };

export type QuestionVector<Question extends { vector: string }> = Omit<Question, "vector"> & {
  vector: readonly number[];
};

/**
 * Asks the ledger which questions mean the same. Never throws: who can't be asked knows none.
 * @param patienceMs how long the ledger may take
 */
export async function findSimilar(
  bus: Bus,
  { vector, ...question }: QuestionVector<SimilarQuestion>,
  patienceMs: number,
): Promise<FoundSimilar> {
  if (!bus.connected) return { fault: "no_bus" };
  return await askerOf(bus).ask({ ...question, vector: encodeVector(vector) }, patienceMs);
}

/** Tells the ledger of a question whose reply is kept. Nobody waits for it. */
export function rememberQuestion(
  bus: Bus,
  { vector, ...question }: QuestionVector<RememberedQuestion>,
): void {
  const remembered: RememberedQuestion = { ...question, vector: encodeVector(vector) };
  if (bus.connected) publish(bus, similaritySubjects.remember, encodeJson(remembered));
}

/** Tells the ledger of a question whose reply is gone. Nobody waits for it. */
export function forgetQuestion(bus: Bus, question: ForgottenQuestion): void {
  if (bus.connected) publish(bus, similaritySubjects.forget, encodeJson(question));
}

/** Asks, and knows by the subject of an answer which question it is to. */
class SimilarityAsker {
  readonly #bus: Bus;
  readonly #waiting = new Map<string, (found: FoundSimilar) => void>();
  #asked = 0;

  constructor(bus: Bus) {
    this.#bus = bus;
    subscribe(bus, similarityReplySubject(bus.party, "*"), ({ subject, data }) => {
      this.#waiting.get(subject.slice(subject.lastIndexOf(".") + 1))?.(read(data));
    });
    bus.onLost(() => {
      for (const answer of this.#waiting.values()) answer({ fault: "no_bus" });
    });
  }

  async ask(question: SimilarQuestion, patienceMs: number): Promise<FoundSimilar> {
    this.#asked++;
    const number = String(this.#asked);
    const { promise, resolve } = Promise.withResolvers<FoundSimilar>();
    const timer = setTimeout(() => resolve({ fault: "slow_ledger" }), patienceMs);
    this.#waiting.set(number, resolve);
    try {
      const reply = similarityReplySubject(this.#bus.party, number);
      publish(this.#bus, similaritySubjects.find, encodeJson(question), { reply });
      return await promise;
    } catch {
      return { fault: "no_bus" };
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(number);
    }
  }
}

/** Nothing is what the server says where nobody listens. */
function read(data: Uint8Array): FoundSimilar {
  if (data.length === 0) return { fault: "no_ledger" };
  try {
    const answer: SimilarAnswer = similarAnswerSchema.parse(JSON.parse(Buffer.from(data).toString()));
    return answer;
  } catch {
    return { fault: "unknown_answer" };
  }
}

const askerOf = oncePerBus((bus: Bus) => new SimilarityAsker(bus));
