import { detectorNames, guardPolicySchema } from "@sluice/resources/guard-policy";
import { InjectionJudge } from "../domain/injection/injection-judge.ts";
import { planScan, type ScanPlan } from "../domain/scan-plan.ts";
import { TextScanner } from "../domain/text-scanner.ts";

/**
 * Times the scan of text without values, all detectors and one by one, whole and in pieces as a stream brings it, and
 * the judgement of whole texts.
 *
 *     node services/guard/src/bench/speed.ts
 */
const prose =
  "The committee met on Tuesday to discuss the plan for 2025, and nobody objected. Its third chapter, which " +
  "had been rewritten twice, says that a service should answer within a second (or say why it can't). ";
const code =
  "export function parseHeader(value: string): Header | undefined {\n  const [name, rest] = value.split(': ', 2);\n" +
  "  if (name === undefined || rest === undefined) return undefined;\n  return { name: name.toLowerCase(), id: 0x7f3a91, rest };\n}\n";
const samples = { prose, code };
const pieceLength = 4;

const planWith = (names: readonly string[]): ScanPlan =>
  planScan(
    [["timed", guardPolicySchema.parse({ prompt: names.map((detector) => ({ detector, action: "mask" })) })]],
    "prompt",
  );

/** Microseconds of one call: the median over rounds that take about 20 ms each. */
function microseconds(work: () => void): number {
  const startedMs = performance.now();
  let calls = 0;
  while (performance.now() - startedMs < 50 || calls < 3) {
    work();
    calls++;
  }
  const perRound = Math.max(1, Math.round(calls / 3));
  const rounds: number[] = [];
  for (let round = 0; round < 9; round++) {
    const roundMs = performance.now();
    for (let call = 0; call < perRound; call++) work();
    rounds.push(((performance.now() - roundMs) * 1_000) / perRound);
  }
  return rounds.sort((one, other) => one - other)[4] ?? 0;
}

function judge(text: string): void {
  const injection = new InjectionJudge();
  injection.write(text);
  injection.finish();
}

// The first judgement makes the vocabulary.
judge(prose.repeat(1_000));
for (const [sample, sentence] of Object.entries(samples)) {
  process.stdout.write(
    `${sample.padEnd(14)}     1 KB      16 KB     256 KB   (µs, whole)     16 KB in pieces of ${pieceLength}, µs a piece\n`,
  );
  for (const names of [detectorNames, ...detectorNames.map((name) => [name])]) {
    const plan = planWith(names);
    const cells = [1, 16, 256].map((kilobytes) => {
      const text = sentence
        .repeat(Math.ceil((kilobytes * 1_024) / sentence.length))
        .slice(0, kilobytes * 1_024);
      return microseconds(() => new TextScanner(plan).write(text, true))
        .toFixed(1)
        .padStart(10);
    });
    const text = sentence.repeat(Math.ceil(16_384 / sentence.length)).slice(0, 16_384);
    const pieces = microseconds(() => {
      const scanner = new TextScanner(plan);
      for (let start = 0; start < text.length; start += pieceLength)
        scanner.write(text.slice(start, start + pieceLength), false);
    });
    const label = names.length === 1 ? names[0] : "all";
    process.stdout.write(
      `${(label ?? "").padEnd(10)} ${cells.join(" ")} ${((pieces * pieceLength) / 16_384).toFixed(2).padStart(24)}\n`,
    );
  }
  const judged = [1, 16, 256].map((kilobytes) => {
    const text = sentence
      .repeat(Math.ceil((kilobytes * 1_024) / sentence.length))
      .slice(0, kilobytes * 1_024);
    return microseconds(() => judge(text))
      .toFixed(1)
      .padStart(10);
  });
  process.stdout.write(`injection  ${judged.join(" ")}\n`);
}
