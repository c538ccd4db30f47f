import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { checkChange } from "../check-change.ts";
import { compileContent } from "../compile-content.ts";
import { ConfigurationError, formatProblem } from "../configuration-problem.ts";
import { explainRequest } from "../explain-request.ts";
import { readConfiguration } from "../read-configuration.ts";
import { readResources } from "../read-resources.ts";
import { explainChoice } from "./explain-choice.ts";
import { promptShape } from "./prompt-facts.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const page = readFileSync(`${root}docs/choosing.md`, "utf8");
const example = readFileSync(`${root}examples/choosing/sluice.yaml`, "utf8");
const base = readConfiguration(example, "sluice.yaml", "/").content;

test("the file of docs/choosing.md is that of the examples, and can be applied", async () => {
  expect(page).toContain(`\`\`\`yml\n${example}\`\`\``);
  const { warnings } = await checkChange([
    { text: example, name: "examples/choosing/sluice.yaml", directory: "/" },
  ]);
  expect(warnings).toEqual([]);
});

test("the RouteTable of the page chooses from the models of the file", () => {
  const [, table = ""] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  const { resources, problems } = readResources([{ text: table, name: "table.yaml" }]);
  const compiled = compileContent(base, resources);
  expect([...problems, ...compiled.problems, ...compiled.warnings].map(formatProblem)).toEqual([]);
  expect(compiled.content.models.find(({ name }) => name === "support")).toMatchObject({
    pool: { targets: [{ backend: "anthropic" }, { backend: "openai", providerModel: "gpt-5-mini" }] },
  });
});

test("the page names every fact of the prompt", () => {
  const [, table = ""] = page.split("## What conditions can ask");
  for (const fact of Object.keys(promptShape)) expect(table).toMatch(new RegExp(`\`(?:prompt)?\\.${fact}\``));
});

const shown = [...page.matchAll(/^\$ npx sluice explain .* -d '(.*)'\n…\nchooses {4}(.*)$/gm)].map(
  ([, body = "", line = ""]) => ({ body, line }),
);

test("the page shows what explain says", () => {
  expect(shown).toHaveLength(2);
});

test.each(shown)("explain says: $line", async ({ body, line }) => {
  const snapshot = { ...compileContent(base, []).content, revision: 1, appliedAtMs: 0 };
  const request = {
    method: "POST",
    host: "localhost",
    path: "/v1/chat/completions",
    headers: {},
    model: "auto",
    listener: undefined,
  };
  expect(await explainChoice(snapshot, request, body, undefined)).toEqual([line]);
  expect(explainRequest(snapshot, request, undefined, 0).refusal).toContain("missing_credential");
});

/** A file whose model auto has these choices, and what is said of it. */
function problemsOf(choices: string, beside = "", others = ""): string[] {
  const text = `models: [gpt-5, gpt-5-mini]\nvirtualModels:\n  - { name: auto, choose: [${choices}]${beside} }\n${others}`;
  try {
    readConfiguration(text, "f", "/");
    return [];
  } catch (error) {
    return error instanceof ConfigurationError ? error.problems.map(formatProblem) : [];
  }
}

const intents = ", intents: { model: gpt-5-mini, of: { code: programs, chat: the rest } }";
const otherwise = ", { model: gpt-5-mini }";

/** Each row of the page's table, with a file that it is said of. */
const refused: [what: string, problems: string[], at: string][] = [
  ["no such fact", problemsOf(`{ when: "prompt.imges > 0", model: gpt-5 }${otherwise}`), "choose[0].when"],
  ["no condition", problemsOf(`{ when: "prompt.tokens", model: gpt-5 }${otherwise}`), "choose[0].when"],
  ["has", problemsOf(`{ when: "has(prompt.intent)", model: gpt-5 }${otherwise}`), "choose[0].when"],
  [
    "a secret header",
    problemsOf(`{ when: "request.headers['cookie'] == 'a'", model: gpt-5 }${otherwise}`),
    "choose[0].when",
  ],
  ["no such model", problemsOf(`{ when: "prompt.code", model: gpt-6 }${otherwise}`), "choose[0].model"],
  [
    "no such intent",
    problemsOf(`{ when: "prompt.intent == 'cdoe'", model: gpt-5 }${otherwise}`, intents),
    "choose[0].when",
  ],
  [
    "nobody to ask",
    problemsOf(`{ when: "prompt.intent == 'code'", model: gpt-5 }${otherwise}`),
    "choose[0].when",
  ],
  ["nothing to ask for", problemsOf(`{ when: "prompt.code", model: gpt-5 }${otherwise}`, intents), "intents"],
  ["never reached", problemsOf(`{ model: gpt-5 }${otherwise}`), "choose[1]"],
  [
    "itself",
    problemsOf(
      '{ when: "prompt.code", model: best }, { model: gpt-5 }',
      "",
      '  - { name: best, choose: [{ when: "prompt.json", model: auto }, { model: gpt-5 }] }\n',
    ),
    "choose[0].model",
  ],
  [
    "asking one that chooses",
    problemsOf(
      `{ when: "prompt.intent == 'code'", model: gpt-5 }${otherwise}`,
      intents.replace("gpt-5-mini", "auto"),
    ),
    "intents.model",
  ],
];

const [, section = ""] = page.split("## What is refused when it is applied");
const messages = [...section.matchAll(/^\| (.+?) \| (.+) \|$/gm)].map(([, , message = ""]) => message);

test("each row of the page is tried", () => {
  expect(messages).toHaveLength(refused.length);
});

test.each(refused.map(([what, problems, at], row) => ({ what, problems, at, message: messages[row] })))(
  "what is refused is said as on the page, with its place: $what",
  ({ problems, at, message }) => {
    const withoutPlaces = problems.map((problem) => problem.replace(/^f:3:\d+: /, ""));
    expect(withoutPlaces).toEqual([`virtualModels[0].${at}: ${message}`]);
  },
);

test.each([
  [
    "choose: [{ when: 'prompt.code', model: gpt-5 }], model: gpt-5",
    "either model, targets or choose, one of them",
  ],
  ["choose: [{ when: 'prompt.code', model: gpt-5 }], sticky: user", "does nothing without targets"],
  ["model: gpt-5, intents: { model: gpt-5, of: { a: b } }", "does nothing without choose"],
  ["choose: []", "name at least one choice"],
  ["choose: [{ model: gpt-5 }]", "a single choice without a condition chooses nothing: name its model"],
  [
    "choose: [{ when: 'prompt.code', model: gpt-5 }], lostCall: repeat",
    "each of the models that it chooses from has its own",
  ],
  [
    "choose: [{ when: 'prompt.code', model: gpt-5 }], guardPolicies: []",
    "does nothing: the guard policies of all models that it chooses from hold",
  ],
  [
    "choose: [{ when: \"prompt.intent == 'a'\", model: gpt-5 }], intents: { model: gpt-5, of: { unknown: b, a: c } }",
    "unknown is what a prompt is that is none of these: leave it out",
  ],
  [
    "choose: [{ when: \"prompt.intent == 'a'\", model: gpt-5 }], intents: { model: gpt-7, of: { a: c } }",
    'there is no model "gpt-7"; did you mean "gpt-5"?',
  ],
  [
    "choose: [{ when: \"prompt.intent == 'a'\", model: gpt-5 }], intents: { model: gpt-5, of: { a: c }, timeout: 2m }",
    "at most 1m",
  ],
  [
    "choose: [{ when: 'prompt == prompt', model: gpt-5 }]",
    "the condition is refused: of prompt one field must be named, such as prompt.tokens",
  ],
  [
    "choose: [{ when: 'claims.a == 1', model: gpt-5 }]",
    "the condition is refused: unknown variable: claims at character 1",
  ],
])("%s: %s", (written, message) => {
  const text = `models: [gpt-5]\nvirtualModels:\n  - { name: auto, ${written} }\n`;
  expect(() => readConfiguration(text, "f", "/")).toThrow(message);
});
