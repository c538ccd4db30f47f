import type { Bus } from "@sluice/bus/bus";
import { serveSimilarity } from "@sluice/bus/serve-similarity";
import type { similarityFaults } from "@sluice/contracts/similar-reply";
import type { Logger } from "@sluice/telemetry/logger";
import type { LedgerMetrics } from "../adapters/ledger-metrics.ts";
import type { SimilarQuestionStore } from "../adapters/similar-question-store.ts";
import { NoPgvectorError } from "../adapters/similar-question-table.ts";
import { type RepeatedWork, repeatedly } from "./repeatedly.ts";

/** Most questions that are worked on at once: booking goes before, and who asks waits for a moment only. */
const maxOpen = 16;
const tidyIntervalMs = 60_000;

export interface SimilarQuestionOptions {
  bus: Bus;
  store: Pick<SimilarQuestionStore, "find" | "remember" | "forget" | "tidy">;
  logger: Logger;
  metrics: LedgerMetrics;
  /** Told of how many questions are kept, once a minute. */
  onKept(questions: number): void;
}

type Fault = (typeof similarityFaults)[number];

/**
 * Keeps the questions of the semantic cache, and finds similar ones. It is a cache: what can't be done is not, and the
 * log says so once until it can be done again.
 */
export function keepSimilarQuestions(options: SimilarQuestionOptions): RepeatedWork {
  const { bus, store, metrics } = options;
  const desk = new Desk(options);
  const served = serveSimilarity(bus, {
    find: async (question) => {
      const done = await desk.work(() => store.find(question));
      metrics.similarLookups.add(1, { result: "fault" in done ? done.fault : resultOf(done.value) });
      return "fault" in done ? { fault: done.fault } : { replies: done.value };
    },
    remember: async (question) => {
      await desk.work(() => store.remember(question));
    },
    forget: async (question) => {
      await desk.work(() => store.forget(question));
    },
  });
  const tidying = repeatedly(async () => {
    const done = await desk.work(() => store.tidy());
    if ("value" in done) options.onKept(done.value);
  }, tidyIntervalMs);
  return {
    stop: async () => {
      await served.stop();
      await tidying.stop();
    },
  };
}

function resultOf(replies: readonly unknown[]): "found" | "none" {
  return replies.length > 0 ? "found" : "none";
}

/** Does what it has room for, and says what it can't do. */
class Desk {
  readonly #logger: Logger;
  #open = 0;
  #fault: Fault | undefined;

  constructor({ logger }: Pick<SimilarQuestionOptions, "logger">) {
    this.#logger = logger;
  }

  async work<Value>(work: () => Promise<Value>): Promise<{ value: Value } | { fault: Fault }> {
    if (this.#open >= maxOpen) return { fault: "busy" };
    this.#open++;
    try {
      const value = await work();
      this.#say(undefined);
      return { value };
    } catch (error) {
      const fault = error instanceof NoPgvectorError ? "no_pgvector" : "database";
      this.#say(fault, error);
      return { fault };
    } finally {
      this.#open--;
    }
  }

  #say(fault: Fault | undefined, error?: unknown): void {
    if (fault === this.#fault) return;
    this.#fault = fault;
    if (fault === undefined) this.#logger.info("similar questions are found again");
    else {
      const why =
        fault === "no_pgvector"
          ? "the database has no pgvector: install it, or let an administrator say CREATE EXTENSION vector"
          : "the database does not answer";
      this.#logger.warn({ err: error }, `no similar questions are found, ${why}`);
    }
  }
}
