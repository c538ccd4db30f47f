import { threshold } from "../domain/injection/combinations.ts";
import { InjectionJudge } from "../domain/injection/injection-judge.ts";

/** A text that is (1) or is not (0) an attack. */
export interface LabelledText {
  text: string;
  label: 0 | 1;
  source: string;
  lang: string;
}

const rates = [0.001, 0.002, 0.005, 0.01, 0.02];

/** @returns tables of what `prompt_injection` finds: at the threshold, at rates of false positives, by source and language */
export function reportInjections(rows: readonly LabelledText[]): string {
  const judged = rows.map((row) => ({ ...row, points: pointsOf(row.text) }));
  const benign = judged.filter(({ label }) => label === 0);
  const attacks = judged.filter(({ label }) => label === 1);
  const lines = [
    `at the threshold of ${threshold}: recall ${share(attacks)}, false positives ${share(benign)}`,
    ...rates.map((rate) => {
      const above = benign.map(({ points }) => points).sort((one, other) => other - one)[
        Math.trunc(benign.length * rate)
      ];
      const found = attacks.filter(({ points }) => points > (above ?? 0));
      return `at ${(rate * 100).toFixed(1)}% false positives (more than ${above ?? 0} points): recall ${percent(found.length, attacks.length)}`;
    }),
    "",
    ...table("source", judged, ({ source }) => source),
    "",
    ...table("language", judged, ({ lang }) => lang),
  ];
  return `${lines.join("\n")}\n`;
}

type Judged = LabelledText & { points: number };

function pointsOf(text: string): number {
  const judge = new InjectionJudge();
  judge.write(text);
  judge.finish();
  return judge.points;
}

function table(title: string, judged: readonly Judged[], nameOf: (row: Judged) => string): string[] {
  const groups = Map.groupBy(judged, nameOf);
  const rows = [...groups].sort(([one], [other]) => one.localeCompare(other));
  return [
    `${title.padEnd(52)} found of attacks    false positives`,
    ...rows.map(([name, group]) => {
      const attacks = share(group.filter(({ label }) => label === 1));
      const benign = share(group.filter(({ label }) => label === 0));
      return `${name.slice(0, 51).padEnd(52)} ${attacks.padEnd(19)} ${benign}`;
    }),
  ];
}

function share(rows: readonly Judged[]): string {
  if (rows.length === 0) return "-";
  const found = rows.filter(({ points }) => points >= threshold).length;
  return `${found}/${rows.length} ${percent(found, rows.length)}`;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)}%`;
}
