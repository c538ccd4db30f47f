import type { QuestionVector } from "@sluice/bus/similarity";
import {
  type ForgottenQuestion,
  maxDimensions,
  type RememberedQuestion,
  type SimilarQuestion,
  type SimilarReply,
} from "@sluice/contracts/similar-reply";
import { type Kysely, sql } from "kysely";
import { sqlState } from "./database-error.ts";
import { SimilarQuestionTable } from "./similar-question-table.ts";
import type { LedgerTables } from "./tables.ts";

/**
 * Most questions that one is compared with, the latest that were asked: what a look-up costs at most. 2,000 vectors of
 * 1,536 numbers take PGlite 9 ms, and Postgres less.
 */
export const maxCompared = 2_000;
/** Most questions that are kept in all: 300 MB of vectors of 1,536 numbers. */
const maxKept = 50_000;
/** Most replies that a look-up gives: where the best of them is gone by then, the next is as good. */
const maxFound = 3;

const table = sql.id("similar_questions");

/** What the tables hold at most; for tests. */
export interface StoreLimits {
  compared: number;
  kept: number;
}

/**
 * Questions that were answered, as vectors, and under which key the reply of each is kept. It is a cache: nothing of it
 * comes from the stream, a rebuild does not touch it, and the table may be dropped at any time.
 *
 * The search is exact. An index of vectors (HNSW) finds the nearest of all rows first and leaves out those of other
 * partitions then, so that it may find none where there is one; here, the index gives the rows of the partition, which
 * are few, and each of them is compared.
 */
export class SimilarQuestionStore {
  readonly #database: Kysely<LedgerTables>;
  readonly #table: SimilarQuestionTable;
  readonly #limits: StoreLimits;

  constructor(
    database: Kysely<LedgerTables>,
    limits: StoreLimits = { compared: maxCompared, kept: maxKept },
  ) {
    this.#database = database;
    this.#table = new SimilarQuestionTable(database);
    this.#limits = limits;
  }

  /**
   * The questions of the same partition that are similar enough and not past their time, the most similar first.
   * @throws NoPgvectorError; what the database throws
   */
  async find({ partition, vector, threshold }: QuestionVector<SimilarQuestion>): Promise<SimilarReply[]> {
    if (!isComparable(vector)) return [];
    return await this.#onTable(async () => {
      const { rows } = await sql<SimilarReply>`
        select key, 1 - distance as similarity from (
          select key, vector <=> ${textOf(vector)}::vector as distance from (
            select key, vector from ${table}
            where partition = ${partition} and dimensions = ${vector.length} and expires_at > clock_timestamp()
            order by remembered_at desc limit ${this.#limits.compared}
          ) as latest
          order by distance, key collate "C" limit ${maxFound}
        ) as nearest
        where 1 - distance >= ${threshold}
        order by distance, key collate "C"
      `.execute(this.#database);
      // Rounding gives a little more than 1 for the same vector.
      return rows.map(({ key, similarity }) => ({ key, similarity: Math.min(1, similarity) }));
    });
  }

  /**
   * Keeps a question for the time of its reply; one that can't be compared with others is not kept.
   * @throws NoPgvectorError; what the database throws
   */
  async remember({ partition, key, vector, ttlMs }: QuestionVector<RememberedQuestion>): Promise<void> {
    if (!isComparable(vector)) return;
    await this.#onTable(async () => {
      await sql`
        insert into ${table} (partition, dimensions, key, vector, remembered_at, expires_at)
        values (${partition}, ${vector.length}, ${key}, ${textOf(vector)}::vector, clock_timestamp(),
          clock_timestamp() + ${ttlMs}::double precision * interval '1 millisecond')
        on conflict (partition, dimensions, key) do update set
          vector = excluded.vector, remembered_at = excluded.remembered_at, expires_at = excluded.expires_at
      `.execute(this.#database);
    });
  }

  /** @throws NoPgvectorError; what the database throws */
  async forget({ partition, key }: ForgottenQuestion): Promise<void> {
    await this.#onTable(async () => {
      await sql`delete from ${table} where partition = ${partition} and key = ${key}`.execute(this.#database);
    });
  }

  /**
   * Deletes what is past its time, what is no more compared, and the oldest of what is too much. Nothing to do where
   * nothing was ever kept.
   * @returns how many are left
   * @throws what the database throws
   */
  async tidy(): Promise<number> {
    if (!(await this.#table.exists())) return 0;
    await sql`delete from ${table} where expires_at <= clock_timestamp()`.execute(this.#database);
    await sql`
      delete from ${table} using (
        select partition, dimensions, key,
          row_number() over (partition by partition, dimensions order by remembered_at desc) as rank,
          row_number() over (order by remembered_at desc) as rank_of_all
        from ${table}
      ) as ranked
      where ranked.partition = similar_questions.partition and ranked.dimensions = similar_questions.dimensions
        and ranked.key = similar_questions.key
        and (rank > ${this.#limits.compared} or rank_of_all > ${this.#limits.kept})
    `.execute(this.#database);
    const { rows } = await sql<{ left: bigint }>`select count(*) as left from ${table}`.execute(
      this.#database,
    );
    return Number(rows[0]?.left ?? 0);
  }

  /** Does some work on the table, and once more where it was dropped meanwhile. */
  async #onTable<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#table.make();
    try {
      return await work();
    } catch (error) {
      if (sqlState(error) !== undefinedTable) throw error;
      this.#table.wasDropped();
      await this.#table.make();
      return await work();
    }
  }
}

/** SQLSTATE of a table that is not there. */
const undefinedTable = "42P01";

/** A vector of zeros has no direction, and what is no number no place. */
function isComparable(vector: readonly number[]): boolean {
  return (
    vector.length > 0 &&
    vector.length <= maxDimensions &&
    vector.every(Number.isFinite) &&
    vector.some((value) => value !== 0)
  );
}

function textOf(vector: readonly number[]): string {
  return `[${vector.join(",")}]`;
}
