import { setTimeout as delay } from "node:timers/promises";
import type { BenchContext } from "../measurements/bench-context.ts";
import { sendLoad } from "../measurements/measured-load.ts";
import { untilQuiet } from "../processes/until-quiet.ts";
import { readUsage } from "../processes/usage.ts";
import { median } from "../report/median.ts";
import type { Target } from "../targets/target.ts";
import { retainedHeap } from "./retained-heap.ts";

/** Memory of a target's services between two slices, with what garbage there is. */
export interface SoakSample {
  /** Requests since the warm-up. */
  requests: number;
  /** By service. */
  residentBytes: Record<string, number>;
}

/** What came of a soak of one target. */
export interface SoakResult {
  target: string;
  warmUpRequests: number;
  samples: SoakSample[];
  /** Resident set at rest after a collection of garbage, in bytes by service. */
  restBytes: BeforeAndAfter;
  /** What is in the heap after a collection of garbage, in bytes by service. */
  heapBytes: BeforeAndAfter;
}

export interface BeforeAndAfter {
  before: Record<string, number>;
  after: Record<string, number>;
}

const slices = 10;
const looks = 5;
const betweenLooksMs = 400;
/** V8 gives pages that a collection has emptied back to the system only some seconds later. */
const givingBackMs = 15_000;
/** Nobody waits for a load longer than this; it ends by its number of requests. */
const longestMs = 3_600_000;

/**
 * Sends many requests at 64 connections and looks at the memory at rest, ten times in between and, after a collection
 * of garbage each, before and after: how much garbage a process keeps is V8's choice and says nothing of a leak.
 */
export async function runSoak(context: BenchContext, target: Target, requests: number): Promise<SoakResult> {
  const { tell } = context;
  const send = (count: number) =>
    sendLoad(context, target, {
      mode: { kind: "plain" },
      pace: { kind: "closed", connections: 64 },
      durationMs: longestMs,
      maxRequests: count,
    });
  const warmUpRequests = Math.max(1, Math.round(requests / 5));
  tell(`${target.name}: ${warmUpRequests} requests to warm up`);
  await send(warmUpRequests);
  await untilQuiet(target.processes);
  const heapBefore = await retainedHeap(target.processes);
  await delay(givingBackMs);
  const restBefore = await memoryAtRest(target);
  const samples: SoakSample[] = [];
  let sent = 0;
  for (let slice = 1; slice <= slices; slice++) {
    const upTo = Math.round((requests * slice) / slices);
    if (upTo === sent) continue;
    await send(upTo - sent);
    sent = upTo;
    samples.push({ requests: sent, residentBytes: await memoryAtRest(target) });
    tell(`${target.name}: ${sent} of ${requests} requests`);
  }
  const heapAfter = await retainedHeap(target.processes);
  await delay(givingBackMs);
  return {
    target: target.name,
    warmUpRequests,
    samples,
    restBytes: { before: restBefore, after: await memoryAtRest(target) },
    heapBytes: { before: heapBefore, after: heapAfter },
  };
}

/** Medians of several looks, once there is nothing left to do. */
async function memoryAtRest(target: Target): Promise<Record<string, number>> {
  await untilQuiet(target.processes);
  const seen = new Map<string, number[]>();
  for (let look = 0; look < looks; look++) {
    if (look > 0) await delay(betweenLooksMs);
    for (const [service, { residentBytes }] of Object.entries(readUsage(target.processes))) {
      seen.set(service, [...(seen.get(service) ?? []), residentBytes]);
    }
  }
  return Object.fromEntries([...seen].map(([service, values]) => [service, median(values)]));
}
