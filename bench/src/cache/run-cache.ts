import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool } from "undici";
import { z } from "zod";
import { BenchError } from "../bench-error.ts";
import { startChildProgram } from "../children/child-program.ts";
import type { Times } from "../load/load-job.ts";
import { timesOf } from "../load/percentile.ts";
import type { BenchContext } from "../measurements/bench-context.ts";
import { startMeshTarget } from "../targets/mesh-target.ts";
import type { Target } from "../targets/target.ts";
import { type CacheVariant, cacheVariants, warmUpVariant, writeCacheConfiguration } from "./cache-variant.ts";
import { type Difference, type Question, type Round, readRounds } from "./question-set.ts";

/** What one way to cache did with all questions, asked one after the other and then once more. */
export interface CacheFigures extends Omit<CacheVariant, "threshold"> {
  threshold: number | null;
  /** Questions whose meaning had been asked before, in other words: as many hits as there could be. */
  repeatable: number;
  /** Answers of a question that means the same. */
  rightHits: number;
  /** Questions by how they differ from what was asked before, and how many of them got an answer to something else. */
  asked: Record<Difference, number>;
  falseHits: Record<Difference, number>;
  /** By what became of a question. */
  latencyMs: { miss: Times; similar: Times; exact: Times };
}

export interface CacheOptions {
  /** How many of the kinds of questions; undefined for all. */
  kinds: number | undefined;
  signal: AbortSignal;
}

/** Asks all questions of each way to cache, one at a time. @throws BenchError when an answer is none */
export async function runCache(context: BenchContext, options: CacheOptions): Promise<CacheFigures[]> {
  const rounds = readRounds(options.kinds);
  const folder = await mkdtemp(join(tmpdir(), "sluice-bench-cache-"));
  const upstream = await startChildProgram("cache/meaning-upstream.ts");
  let target: Target | undefined;
  try {
    const configuration = join(folder, "sluice.yaml");
    await writeCacheConfiguration(configuration);
    context.tell("starting a mesh with caches");
    target = await startMeshTarget({
      name: "cache",
      upstreamUrl: upstream.url,
      collectorUrl: context.collectorUrl,
      startArguments: [],
      configuration,
      signal: options.signal,
    });
    const asker = new Asker(target, rounds);
    try {
      await asker.figuresOf(warmUpVariant, rounds.slice(0, 1));
      const all: CacheFigures[] = [];
      for (const variant of cacheVariants) {
        const figures = await asker.figuresOf(variant, rounds);
        const { rightHits, repeatable, falseHits } = figures;
        const wrong = Object.values(falseHits).reduce((sum, count) => sum + count, 0);
        context.tell(`${variant.model}: ${rightHits} right hits of ${repeatable}, ${wrong} false ones`);
        all.push(figures);
      }
      return all;
    } finally {
      await asker.close();
    }
  } finally {
    await target?.stop();
    await upstream.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Answer {
  /** The question that it was made for. */
  of: Question;
  /** What the cache did. */
  cache: string | undefined;
  isSimilar: boolean;
  tookMs: number;
}

const replySchema = z.object({
  choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]),
});

class Asker {
  readonly #target: Target;
  readonly #pool: Pool;
  readonly #byText: ReadonlyMap<string, Question>;

  constructor(target: Target, rounds: readonly Round[]) {
    this.#target = target;
    this.#pool = new Pool(new URL(target.baseUrl).origin, { connections: 1 });
    const all = rounds.flatMap(({ wordings, nearMisses }) => [...wordings, ...nearMisses]);
    this.#byText = new Map(all.map((question) => [question.text, question]));
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async figuresOf(variant: CacheVariant, rounds: readonly Round[]): Promise<CacheFigures> {
    const times = { miss: [] as number[], similar: [] as number[], exact: [] as number[] };
    const [asked, falseHits] = [noneOfEach(), noneOfEach()];
    let [repeatable, rightHits] = [0, 0];
    for (const { system, wordings, nearMisses } of rounds) {
      const known = new Set<string>();
      for (const question of [...wordings, ...nearMisses]) {
        const { cache, of, isSimilar, tookMs } = await this.#ask(variant.model, system, question);
        if (cache === "hit" && !isSimilar) throw new BenchError("A new question was found.");
        if (known.has(question.meaning)) repeatable++;
        known.add(question.meaning);
        asked[question.difference]++;
        times[isSimilar ? "similar" : "miss"].push(tookMs);
        if (isSimilar && of.meaning === question.meaning) rightHits++;
        else if (isSimilar) falseHits[question.difference]++;
      }
      for (const question of wordings) {
        const { cache, tookMs } = await this.#ask(variant.model, system, question);
        if (cache !== "hit") throw new BenchError("A question that was asked before was not found.");
        times.exact.push(tookMs);
      }
    }
    return {
      ...variant,
      threshold: variant.threshold ?? null,
      repeatable,
      rightHits,
      asked,
      falseHits,
      latencyMs: { miss: timesOf(times.miss), similar: timesOf(times.similar), exact: timesOf(times.exact) },
    };
  }

  async #ask(model: string, system: string, { text }: Question): Promise<Answer> {
    const messages = [
      { role: "system", content: system },
      { role: "user", content: text },
    ];
    const startedMs = performance.now();
    const { statusCode, headers, body } = await this.#pool.request({
      method: "POST",
      path: `${new URL(this.#target.baseUrl).pathname}/chat/completions`,
      headers: { ...this.#target.headers, "content-type": "application/json" },
      body: JSON.stringify({ model, messages }),
    });
    const reply = await body.text();
    const tookMs = performance.now() - startedMs;
    if (statusCode !== 200) throw new BenchError(`${model} answered ${statusCode}: ${reply.slice(0, 200)}`);
    const { content } = replySchema.parse(JSON.parse(reply)).choices[0].message;
    const of = this.#byText.get(content);
    if (of === undefined) throw new BenchError(`${model} answered what nobody asked: ${content}`);
    const cache = headers["x-sluice-cache"]?.toString();
    return { of, cache, isSimilar: headers["x-sluice-cache-similarity"] !== undefined, tookMs };
  }
}

function noneOfEach(): Record<Difference, number> {
  return { "another subject": 0, "a number": 0, "a name": 0, "a negation or the like": 0 };
}
