import { untilQuiet } from "../processes/until-quiet.ts";
import { readUsage } from "../processes/usage.ts";
import type { Target } from "../targets/target.ts";
import { allMeasurements } from "./all-measurements.ts";
import type { BenchContext } from "./bench-context.ts";
import { sendLoad } from "./measured-load.ts";
import type { RoundFigures } from "./measurement.ts";
import type { MeasurementName } from "./measurement-name.ts";
import { baseTarget, SampleBook, type Samples } from "./sample-book.ts";

export interface MeasureOptions {
  only: readonly MeasurementName[];
  rounds: number;
  /** Length of one load. */
  seconds: number;
}

export interface Measured {
  samples: Readonly<Samples>;
  /** Memory before the first request, in bytes, by target and service. */
  residentBytesAtRest: Record<string, Record<string, number>>;
}

/**
 * Measures all targets in turns: each measurement of a round takes one target after the other, and each round begins
 * with another one, so that what changes on the machine meanwhile meets all of them alike.
 */
export async function measureAll(context: BenchContext, options: MeasureOptions): Promise<Measured> {
  const { targets, tell } = context;
  const residentBytesAtRest: Measured["residentBytesAtRest"] = {};
  for (const target of targets) {
    await untilQuiet(target.processes);
    const usage = Object.entries(readUsage(target.processes));
    residentBytesAtRest[target.name] = Object.fromEntries(
      usage.map(([service, { residentBytes }]) => [service, residentBytes]),
    );
  }
  for (const target of targets) await warmUp(context, target, 2 * options.seconds);
  const book = new SampleBook();
  for (let round = 1; round <= options.rounds; round++) {
    for (const name of options.only) {
      const measurement = allMeasurements[name];
      const results = new Map<string, RoundFigures>();
      for (const target of turned(targets, round - 1)) {
        const figures = await measurement.run(context, target, options.seconds);
        results.set(target.name, figures);
        tell(`round ${round} of ${options.rounds}, ${name}, ${target.name}: ${inShort(figures.values)}`);
      }
      for (const [target, figures] of results) {
        book.add(target, measurement.figures, figures, results.get(baseTarget));
      }
    }
  }
  return { samples: book.samples, residentBytesAtRest };
}

/** What a just-in-time compiler needs to see before it is at its best: plain replies and streams. */
async function warmUp(context: BenchContext, target: Target, seconds: number): Promise<void> {
  context.tell(`warming up ${target.name}`);
  const settings = { pace: { kind: "closed", connections: 50 }, durationMs: seconds * 1000 } as const;
  await sendLoad(context, target, { ...settings, mode: { kind: "plain" } });
  const mode = {
    kind: "stream",
    chunks: 50,
    chunksPerBurst: 1,
    firstTokenDelayMs: 0,
    burstPauseMs: 0,
  } as const;
  await sendLoad(context, target, { ...settings, mode });
  await untilQuiet(target.processes);
}

/** The same list, begun so much later. */
function turned<Item>(items: readonly Item[], by: number): Item[] {
  const start = by % Math.max(1, items.length);
  return [...items.slice(start), ...items.slice(0, start)];
}

function inShort(values: Record<string, number>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key} ${value >= 100 ? value.toFixed(0) : value.toFixed(2)}`)
    .join(", ");
}
