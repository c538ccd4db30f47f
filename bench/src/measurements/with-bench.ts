import { BenchError } from "../bench-error.ts";
import { startChildProgram } from "../children/child-program.ts";
import { startSpanSink } from "../targets/span-sink.ts";
import { type StartTargetsOptions, startTargets } from "../targets/start-targets.ts";
import type { BenchContext } from "./bench-context.ts";

export type BenchSetUp = Pick<
  StartTargetsOptions,
  "names" | "peers" | "meshArguments" | "signal" | "tell"
> & {
  model: string;
  /** Of the upstream; 0 takes any free one. */
  upstreamPort: number;
};

/**
 * Starts upstream, load generator and targets, does some work with them, and ends them whatever comes of it.
 * @throws BenchError when the signal of the set-up aborts; all has ended by then
 */
export async function withBench<Result>(
  setUp: BenchSetUp,
  work: (context: BenchContext) => Promise<Result>,
): Promise<Result> {
  const endings: (() => Promise<void>)[] = [];
  try {
    const upstream = await startChildProgram("upstream/main.ts", [String(setUp.upstreamPort)]);
    endings.push(() => upstream.stop());
    setUp.tell(`the upstream answers at ${upstream.url}/v1`);
    const loadGenerator = await startChildProgram("load/main.ts");
    endings.push(() => loadGenerator.stop());
    const spanSink = await startSpanSink();
    endings.push(() => spanSink.close());
    const targets = await startTargets({
      ...setUp,
      upstreamUrl: upstream.url,
      collectorUrl: spanSink.url,
      onStarted: (target) => endings.push(() => target.stop()),
    });
    const { model, tell, signal } = setUp;
    const working = work({
      upstream,
      loadGenerator,
      targets,
      model,
      collectorUrl: spanSink.url,
      answered: new Map(),
      tell,
    });
    return await Promise.race([working, aborted(signal)]);
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

/** Work that is under way fails by itself when what it works with ends. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const give = () => reject(new BenchError("Interrupted."));
    signal.addEventListener("abort", give, { once: true });
    if (signal.aborted) give();
  });
}
