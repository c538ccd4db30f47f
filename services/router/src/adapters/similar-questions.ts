import type { Bus } from "@sluice/bus/bus";
import {
  findSimilar,
  forgetQuestion,
  type QuestionVector,
  rememberQuestion,
  type SimilarityFault,
} from "@sluice/bus/similarity";
import type { RememberedQuestion, SimilarQuestion, SimilarReply } from "@sluice/contracts/similar-reply";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Logger } from "@sluice/telemetry/logger";
import type { Counter, MeshMetrics } from "@sluice/telemetry/mesh-metrics";

/** How long the ledger may take: a cache that is slower is none. */
const patienceMs = 250;

/**
 * What came of a look-up for a similar question: a reply that is given, none, one that is not kept any more, no vector,
 * or no answer of the ledger.
 */
export type SimilarResult = "found" | "none" | "gone" | "no_vector" | SimilarityFault;

/** What is said of each fault, after "questions in other words are not found". */
const faultTexts: Record<SimilarityFault, string> = {
  no_pgvector: "the ledger's database has no pgvector",
  busy: "the ledger has too much to do",
  database: "the ledger's database does not answer",
  no_ledger: "there is no ledger",
  slow_ledger: "the ledger does not answer in time",
  no_bus: "the bus is away",
  unknown_answer: "the ledger is of another release",
};

/**
 * The questions that the ledger keeps as vectors. A cache never stands in the way: where it can't be asked, nothing is
 * found, which is counted each time and said in the log once.
 */
export class SimilarQuestions {
  readonly #bus: Bus;
  readonly #logger: Logger;
  readonly #lookups: Counter;
  #fault: SimilarityFault | undefined;
  /** Models that gave no vector when they were asked last. */
  readonly #failing = new Set<string>();

  constructor({ bus, logger, metrics }: { bus: Bus; logger: Logger; metrics: Pick<MeshMetrics, "counter"> }) {
    this.#bus = bus;
    this.#logger = logger;
    const text = "Look-ups for a question in other words, by what came of them";
    this.#lookups = metrics.counter("sluice.router.cache.similar", text, "{lookup}");
  }

  /** The most similar first. @returns undefined where the ledger can't be asked */
  async find(question: QuestionVector<SimilarQuestion>): Promise<readonly SimilarReply[] | undefined> {
    const found = await findSimilar(this.#bus, question, patienceMs);
    if ("fault" in found) {
      this.count(found.fault);
      this.#say(found.fault);
      return undefined;
    }
    this.#say(undefined);
    return found.replies;
  }

  remember(question: QuestionVector<RememberedQuestion>): void {
    rememberQuestion(this.#bus, question);
  }

  forget(partition: string, key: string): void {
    forgetQuestion(this.#bus, { partition, key });
  }

  count(result: SimilarResult): void {
    this.#lookups.add(1, { result });
  }

  /** A model has given a vector. */
  embedded(model: string): void {
    if (this.#failing.delete(model))
      this.#logger.info({ model }, "the model gives vectors of questions again");
  }

  /** A model was to give a vector, and did not. */
  notEmbedded(model: string, error: unknown): void {
    this.count("no_vector");
    if (this.#failing.has(model)) return;
    this.#failing.add(model);
    const { code, message } = SluiceError.from(error);
    const text = "the model gives no vectors of questions, and those in other words are not found";
    this.#logger.warn({ model, code, reason: message }, text);
  }

  #say(fault: SimilarityFault | undefined): void {
    if (fault === this.#fault) return;
    this.#fault = fault;
    if (fault === undefined) this.#logger.info("questions in other words are found again");
    else this.#logger.warn({ fault }, `questions in other words are not found: ${faultTexts[fault]}`);
  }
}
