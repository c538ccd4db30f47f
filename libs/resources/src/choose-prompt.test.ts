import type { PromptChoice } from "@sluice/contracts/prompt-choice";
import { describe, expect, test } from "vitest";
import { choosePrompt, pickWeighted } from "./choose-prompt.ts";
import type { PromptTemplate } from "./prompt-template.ts";

const version = { messages: [{ role: "user" as const, content: "Hi" }], parameters: {} };
const template: PromptTemplate = {
  variables: {},
  versions: { "1": version, "2": version, beta: version },
  labels: {
    production: [{ version: "1", weight: 1 }],
    canary: [
      { version: "1", weight: 90 },
      { version: "2", weight: 10 },
    ],
  },
  sticky: "none",
  sessionHeader: "x-session-id",
};
const bare: PromptTemplate = { ...template, labels: {} };
const snapshot = { promptTemplates: { "support-answer": template, bare, "team/other": template } };

function chosen(choice: PromptChoice, seed = "seed"): string {
  return choosePrompt(snapshot, choice, seed).versionName;
}

/** How often each version is picked for so many seeds. */
function counts(targets: { version: string; weight: number }[], seeds: number): Record<string, number> {
  const counted: Record<string, number> = Object.fromEntries(targets.map((target) => [target.version, 0]));
  for (let seed = 0; seed < seeds; seed++) {
    const picked = pickWeighted("support-answer", targets, `user-${seed}`);
    counted[picked] = (counted[picked] ?? 0) + 1;
  }
  return counted;
}

test.each<[string, PromptChoice, string]>([
  ["the label production where nothing is said", { template: "support-answer" }, "1"],
  ["a version by its name", { template: "support-answer", version: "beta" }, "beta"],
  ["a label of one version", { template: "support-answer", label: "production" }, "1"],
  ["a template of another namespace", { template: "team/other", version: "2" }, "2"],
])("%s", (_what, choice, expected) => {
  expect(chosen(choice)).toBe(expected);
});

test.each<[PromptChoice, string, string]>([
  [
    { template: "suport-answer" },
    'There is no prompt template "suport-answer". Did you mean "support-answer"?',
    "id",
  ],
  [{ template: "constructor" }, 'There is no prompt template "constructor".', "id"],
  [{ template: "z".repeat(300) }, `There is no prompt template "${"z".repeat(100)}…".`, "id"],
  [
    { template: "support-answer", label: "live" },
    'The prompt template support-answer has no label "live", only: production, canary.',
    "label",
  ],
  [
    { template: "support-answer", label: "__proto__" },
    'The prompt template support-answer has no label "__proto__", only: production, canary.',
    "label",
  ],
  [{ template: "bare", label: "live" }, 'The prompt template bare has no label "live".', "label"],
  [
    { template: "bare" },
    "The prompt template bare has no label production, so a request must name a label or a version.",
    "label",
  ],
  [
    { template: "support-answer", version: "toString" },
    'The prompt template support-answer has no version "toString", only: 1, 2, beta.',
    "version",
  ],
])("%j is refused", (choice, message, field) => {
  expect(() => chosen(choice)).toThrow(
    expect.objectContaining({ code: "invalid_request", status: 400, message, parameter: `prompt.${field}` }),
  );
});

describe("traffic is split", () => {
  const seeds = 20_000;

  /**
   * Each count is binomial; five standard deviations are exceeded once in two million times by chance, and the seeds
   * are the same in every run.
   */
  test.each([[[90, 10]], [[50, 50]], [[1, 1, 1]], [[97, 2, 1]], [[0.5, 0.25, 0.125, 0.125]]])(
    "by the weights %j, within five standard deviations",
    (weights) => {
      const targets = weights.map((weight, index) => ({ version: `v${index}`, weight }));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const counted = counts(targets, seeds);
      for (const [index, weight] of weights.entries()) {
        const share = weight / total;
        const deviation = Math.sqrt(seeds * share * (1 - share));
        expect(Math.abs((counted[`v${index}`] ?? 0) - seeds * share)).toBeLessThan(5 * deviation);
      }
    },
  );

  test("and a version of the weight 0 gets nothing", () => {
    const targets = [
      { version: "1", weight: 0 },
      { version: "2", weight: 3 },
      { version: "3", weight: 0 },
    ];
    expect(counts(targets, 1000)).toEqual({ "1": 0, "2": 1000, "3": 0 });
  });

  test("and the same seed always has the same version, whatever the order of the versions", () => {
    const canary = template.labels.canary ?? [];
    for (let seed = 0; seed < 500; seed++) {
      const choice = { template: "support-answer", label: "canary" };
      const first = chosen(choice, `user-${seed}`);
      expect(chosen(choice, `user-${seed}`)).toBe(first);
      expect(pickWeighted("support-answer", canary.toReversed(), `user-${seed}`)).toBe(first);
    }
  });

  test("and independently for each template", () => {
    const targets = [
      { version: "1", weight: 1 },
      { version: "2", weight: 1 },
    ];
    const same = Array.from({ length: 1000 }, (_, seed) =>
      ["a", "b"].map((name) => pickWeighted(name, targets, `user-${seed}`)),
    ).filter(([a, b]) => a === b).length;
    expect(same).toBeGreaterThan(400);
    expect(same).toBeLessThan(600);
  });

  test("a larger weight only moves users to its version", () => {
    const before = (weight: number) => [
      { version: "1", weight: 60 },
      { version: "2", weight: 30 },
      { version: "3", weight },
    ];
    let moved = 0;
    for (let seed = 0; seed < 5000; seed++) {
      const from = pickWeighted("support-answer", before(10), `user-${seed}`);
      const to = pickWeighted("support-answer", before(40), `user-${seed}`);
      if (from === to) continue;
      moved++;
      expect(to).toBe("3");
    }
    expect(moved).toBeGreaterThan(500);
  });
});
