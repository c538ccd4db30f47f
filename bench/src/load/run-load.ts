import { setTimeout as delay } from "node:timers/promises";
import { Client, type Dispatcher, Pool } from "undici";
import { type ExchangeRequest, exchange } from "./exchange.ts";
import type { LoadJob, LoadResult } from "./load-job.ts";
import { timesOf } from "./percentile.ts";
import { requestBody, variedBodies } from "./request-body.ts";

/** Carries a load out and waits for the last answer. */
export async function runLoad(job: LoadJob): Promise<LoadResult> {
  const recorder = new Recorder();
  const send = sender(job, recorder);
  const startedAtMs = performance.now();
  const endsAtMs = startedAtMs + job.durationMs;
  const { pace } = job;
  const origin = new URL(job.url).origin;
  const options = { pipelining: 1, headersTimeout: 30_000, bodyTimeout: 30_000 };
  const dispatchers: Dispatcher[] =
    pace.kind === "closed"
      ? Array.from({ length: pace.connections }, () => new Client(origin, options))
      : [new Pool(origin, options)];
  try {
    if (pace.kind === "closed") {
      let left = job.maxRequests ?? Number.POSITIVE_INFINITY;
      const isOver = () => performance.now() >= endsAtMs || left-- <= 0;
      await Promise.all(dispatchers.map((dispatcher) => sendUntil(isOver, () => send(dispatcher))));
    } else if (pace.kind === "waves") {
      await sendUntil(
        () => performance.now() >= endsAtMs,
        () => Promise.all(dispatchers.flatMap((pool) => Array.from({ length: pace.size }, () => send(pool)))),
      );
    } else {
      await Promise.all(
        dispatchers.map((pool) => sendAtRate(job.durationMs, pace.requestsPerSecond, pool, send)),
      );
    }
    return recorder.result(performance.now() - startedAtMs);
  } finally {
    await Promise.all(dispatchers.map((dispatcher) => dispatcher.close()));
  }
}

type Send = (dispatcher: Dispatcher, dueAtMs?: number) => Promise<void>;

function sender(job: LoadJob, recorder: Recorder): Send {
  const isStream = job.chunks > 0;
  const { pathname, search } = new URL(job.url);
  const body = bodies(job, isStream);
  const request: Omit<ExchangeRequest, "dispatcher" | "body"> = {
    path: pathname + search,
    headers: { "content-type": "application/json", ...job.headers },
    isStream,
  };
  return (dispatcher, dueAtMs = performance.now()) =>
    new Promise((resolve) => {
      exchange({ ...request, body: body(), dispatcher }, ({ failure, firstTokenAtMs }) => {
        recorder.add(failure, performance.now() - dueAtMs, firstTokenAtMs && firstTokenAtMs - dueAtMs);
        resolve();
      });
    });
}

/** The body of the next request. */
function bodies(job: LoadJob, isStream: boolean): () => Buffer {
  const { model, bodyBytes, modelPerRequest = false, isVaried = false } = job;
  const same = requestBody(model, bodyBytes, isStream);
  if (isVaried) return variedBodies(same);
  if (!modelPerRequest) return () => same;
  let number = 0;
  return () => requestBody(`${model}${number++}`, bodyBytes, isStream);
}

async function sendUntil(isOver: () => boolean, send: () => Promise<unknown>): Promise<void> {
  while (!isOver()) await send();
}

/** An open loop: what is late is late, and the wait for its start is part of its time. */
async function sendAtRate(
  durationMs: number,
  requestsPerSecond: number,
  pool: Dispatcher,
  send: Send,
): Promise<void> {
  const startedAtMs = performance.now();
  const count = Math.max(1, Math.round((durationMs / 1000) * requestsPerSecond));
  const open: Promise<void>[] = [];
  for (let index = 0; index < count; index++) {
    const dueAtMs = startedAtMs + (index * 1000) / requestsPerSecond;
    const waitMs = dueAtMs - performance.now();
    if (waitMs > 0) await delay(waitMs);
    open.push(send(pool, dueAtMs));
  }
  await Promise.all(open);
}

class Recorder {
  readonly #latencies: number[] = [];
  readonly #firstTokens: number[] = [];
  readonly #failures: Record<string, number> = {};

  add(failure: string | undefined, latencyMs: number, firstTokenMs: number | undefined): void {
    if (failure !== undefined) {
      this.#failures[failure] = (this.#failures[failure] ?? 0) + 1;
      return;
    }
    this.#latencies.push(latencyMs);
    if (firstTokenMs !== undefined) this.#firstTokens.push(firstTokenMs);
  }

  result(elapsedMs: number): LoadResult {
    return {
      answered: this.#latencies.length,
      failures: this.#failures,
      elapsedMs,
      latencyMs: timesOf(this.#latencies),
      firstTokenMs: timesOf(this.#firstTokens),
    };
  }
}
