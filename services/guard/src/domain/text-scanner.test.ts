import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxValueLength } from "./detector.ts";
import type { Finding } from "./finding.ts";
import type { ScanPlan } from "./scan-plan.ts";
import { planOf, planOfAll } from "./testing/plans.ts";
import { sampleValues, tokenCharacters } from "./testing/sample-values.ts";
import { TextScanner } from "./text-scanner.ts";

const everything = planOfAll();

function described(findings: Finding[]): string[] {
  return findings.map(({ kind, start, end }) => `${kind} ${start}-${end}`);
}

function scanWhole(plan: ScanPlan, text: string): string[] {
  return described(new TextScanner(plan).write(text, true));
}

function scanPieces(plan: ScanPlan, pieces: string[]): string[] {
  const scanner = new TextScanner(plan);
  const findings = pieces.flatMap((piece) => scanner.write(piece, false));
  return described([...findings, ...scanner.write("", true)]);
}

function cut(text: string, places: number[]): string[] {
  const ends = [...new Set(places.map((place) => place % (text.length + 1)))].sort(
    (one, other) => one - other,
  );
  return [...ends, text.length].map((end, index) => text.slice(ends[index - 1] ?? 0, end));
}

/** Texts full of values, near-values, and the characters that values are made of. */
const value = fc.constantFrom(...Object.values(sampleValues).flat(), "PRJ-1234", "case 12 of many!");
const noise = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'0123456789 .-+()/:,x@aAbfeE_=\n"\\'), maxLength: 60 }),
  fc.string({ maxLength: 30 }),
  fc.constantFrom(
    "Call me: ",
    "office",
    " ",
    ", ",
    "sk-",
    "eyJ",
    "-----BEGIN ",
    "aws_secret_access_key = ",
    "case ",
    "DE",
    "https://",
  ),
  fc.integer({ min: 1, max: 400 }).map(tokenCharacters),
  fc.integer({ min: 1, max: 300 }).map((length) => "1 ".repeat(length)),
);
const text = fc.array(fc.oneof(value, noise), { maxLength: 12 }).map((parts) => parts.join(""));
const places = fc.array(fc.nat(4_000), { maxLength: 40 });

describe("text scanner", () => {
  it("finds in pieces what it finds in the whole", () => {
    fc.assert(
      fc.property(text, places, (whole, ends) => {
        expect(scanPieces(everything, cut(whole, ends))).toEqual(scanWhole(everything, whole));
      }),
      { numRuns: 1_500 },
    );
  });

  it("finds in single characters what it finds in the whole", () => {
    fc.assert(
      fc.property(text, (whole) => {
        expect(scanPieces(everything, whole.split(""))).toEqual(scanWhole(everything, whole));
      }),
      { numRuns: 200 },
    );
  });

  it("says of no place that it is clear before what begins there has been reported", () => {
    fc.assert(
      fc.property(text, places, (whole, ends) => {
        const scanner = new TextScanner(everything);
        const late: number[] = [];
        for (const piece of [...cut(whole, ends), ""]) {
          const clearBefore = scanner.clear;
          const findings = scanner.write(piece, piece === "");
          late.push(...findings.filter(({ start }) => start < clearBefore).map(({ start }) => start));
        }
        expect(late).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("holds back no more than the bound", () => {
    fc.assert(
      fc.property(text, places, (whole, ends) => {
        const scanner = new TextScanner(everything);
        let seen = 0;
        for (const piece of cut(whole, ends)) {
          scanner.write(piece, false);
          seen += piece.length;
          // A pattern without a bound of its own is looked for in windows of twice the longest value.
          expect(seen - scanner.clear).toBeLessThanOrEqual(2 * maxValueLength);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["a clause has ended, ", 0],
    ["a word goes on", 2],
    ["the year 2024 was", 3],
    ["write to alice@example.c", 15],
    ["card 4111 1111 1111 ", 15],
  ])("of %j it holds back %i characters", (written, heldBack) => {
    const plan = planOf(
      ...["email", "credit_card", "us_ssn"].map((detector) => ({ detector, action: "mask" })),
    );
    const scanner = new TextScanner(plan);
    scanner.write(written, false);
    expect(written.length - scanner.clear).toBe(heldBack);
  });

  it("reports a long token at its beginning and its end when it comes", () => {
    const scanner = new TextScanner(everything);
    const token = sampleValues.jwt?.[0] ?? "";
    const [finding] = scanner.write(`token ${token.slice(0, 300)}`, false);
    expect(finding).toMatchObject({ kind: "jwt", start: 6, end: Number.POSITIVE_INFINITY });
    scanner.write(`${token.slice(300)} and more text`, false);
    expect(finding?.end).toBe(6 + token.length);
  });

  it("takes a private key without an end for secret to the end of the text", () => {
    const begun = `-----BEGIN ${"RSA PRIVATE KEY"}-----\n${tokenCharacters(640)}`;
    expect(scanWhole(everything, `key: ${begun}`)).toEqual([`private_key 5-${5 + begun.length}`]);
  });

  it("does not take talk about private keys for one", () => {
    expect(scanWhole(everything, "A file that says -----BEGIN PRIVATE KEY----- holds a key.")).toEqual([]);
  });

  it("lets the longest of those that begin together decide, and covers what another finds beyond", () => {
    const plan = planOf(
      { pattern: "alice", name: "first_name", action: "mask" },
      { pattern: "com now", name: "ending", action: "mask" },
      { detector: "email", action: "mask" },
    );
    expect(scanWhole(plan, "to alice@example.com now")).toEqual(["email 3-20", "ending 20-24"]);
  });

  it("lets the more specific of two equals decide", () => {
    const plan = planOf(
      { detector: "phone", action: "mask" },
      { detector: "email", action: "mask" },
      { pattern: "[a-z]+@example\\.com", name: "own_address", action: "mask" },
    );
    expect(scanWhole(plan, "to alice@example.com now")).toEqual(["own_address 3-20"]);
  });

  it("counts audits as if they were alone", () => {
    const plan = planOf(
      { detector: "email", action: "mask" },
      { pattern: "example", name: "brand", action: "audit" },
    );
    expect(scanWhole(plan, "alice@example.com")).toEqual(["email 0-17", "brand 6-13"]);
  });
});
