import { readFileSync } from "node:fs";
import { guardPolicySchema } from "@sluice/resources/guard-policy";
import { planScan } from "../domain/scan-plan.ts";
import { TextScanner } from "../domain/text-scanner.ts";
import { type LabelledText, reportInjections } from "./injection-report.ts";

/**
 * Measures the detectors on labelled texts: a file of lines `{"text", "spans": [{"start", "end", "type"}]}`.
 * A label counts as found when a finding of its kind overlaps it; a finding counts as right when a label of
 * its kind overlaps it. Characters of a found label that no finding covers are counted too.
 *
 * Lines `{"text", "label", "source", "lang"}` measure `prompt_injection` instead; label 1 is an attack.
 *
 *     node services/guard/src/bench/detection.ts <file.jsonl> [--misses]
 */
const kindOfType: Readonly<Record<string, string>> = {
  EMAIL_ADDRESS: "email",
  EMAIL: "email",
  PHONE_NUMBER: "phone",
  PHONE: "phone",
  CREDIT_CARD: "credit_card",
  IBAN_CODE: "iban",
  IBAN: "iban",
  IP_ADDRESS: "ip_address",
  IP: "ip_address",
  US_SSN: "us_ssn",
};

interface Span {
  start: number;
  end: number;
}
interface Row {
  text: string;
  spans: (Span & { type: string })[];
}
class Score {
  labels = 0;
  found = 0;
  findings = 0;
  right = 0;
  /** Findings that overlap no label of any type. */
  unlabelled = 0;
  uncoveredChars = 0;
}

const [file, flag] = process.argv.slice(2);
if (file === undefined) throw new Error("give the file of labelled texts");
const kinds = ["email", "phone", "credit_card", "iban", "ip_address", "us_ssn"] as const;
const policy = guardPolicySchema.parse({
  prompt: [...kinds, "secrets"].map((detector) => ({ detector, action: "mask" })),
});
const plan = planScan([["measured", policy]], "prompt");
const scores = new Map<string, Score>([...kinds, "secrets"].map((kind) => [kind, new Score()]));

const rows = readFileSync(file, "utf8")
  .split("\n")
  .filter(Boolean)
  .map((line) => JSON.parse(line) as Row | LabelledText);
if (rows.every((row) => "label" in row)) process.stdout.write(reportInjections(rows));
else {
  for (const row of rows) if ("spans" in row) score(row);
  print();
}

function score({ text, spans }: Row): void {
  // The labels count code points, JavaScript strings UTF-16 units.
  const units = [0];
  for (const character of text) units.push((units.at(-1) ?? 0) + character.length);
  const labels = spans.map(({ start, end, type }) => ({
    start: units[start] ?? 0,
    end: units[end] ?? 0,
    type,
  }));
  const findings = new TextScanner(plan).write(text, true);
  for (const label of labels) {
    const kind = kindOfType[label.type];
    const entry = scores.get(kind ?? "");
    if (kind === undefined || entry === undefined) continue;
    entry.labels++;
    const covering = findings.filter((finding) => overlaps(finding, label));
    if (covering.some((finding) => finding.kind === kind)) {
      entry.found++;
      const covered = covering.reduce(
        (sum, { start, end }) => sum + Math.min(end, label.end) - Math.max(start, label.start),
        0,
      );
      entry.uncoveredChars += label.end - label.start - covered;
    } else if (flag === "--misses") {
      process.stdout.write(`missed ${kind}: ${around(text, label)}\n`);
    }
  }
  for (const finding of findings) {
    const entry = scores.get(finding.kind) ?? scores.get("secrets");
    if (entry === undefined) continue;
    entry.findings++;
    const overlapping = labels.filter((label) => overlaps(finding, label));
    if (overlapping.some((label) => kindOfType[label.type] === finding.kind)) entry.right++;
    else if (flag === "--misses")
      process.stdout.write(`wrong ${finding.kind}: ${around(text, finding)} ${overlapping[0]?.type ?? ""}\n`);
    if (overlapping.length === 0) entry.unlabelled++;
  }
}

function overlaps(one: Span, other: Span): boolean {
  return one.start < other.end && other.start < one.end;
}

function around(text: string, { start, end }: Span): string {
  return JSON.stringify(
    `${text.slice(Math.max(0, start - 30), start)}<${text.slice(start, end)}>${text.slice(end, end + 12)}`,
  );
}

function print(): void {
  const percent = (part: number, whole: number): string =>
    whole === 0 ? "-" : ((100 * part) / whole).toFixed(1);
  process.stdout.write(
    "kind         labels  found  recall %  findings  right  precision %  on unlabelled text  uncovered chars\n",
  );
  for (const [kind, { labels, found, findings, right, unlabelled, uncoveredChars }] of scores) {
    const cells = [
      kind.padEnd(12),
      labels,
      found,
      percent(found, labels),
      findings,
      right,
      percent(right, findings),
      unlabelled,
      uncoveredChars,
    ];
    process.stdout.write(
      `${cells.map((cell, index) => (index === 0 ? cell : String(cell).padStart([0, 7, 6, 9, 9, 6, 12, 19, 16][index] ?? 0))).join(" ")}\n`,
    );
  }
}
