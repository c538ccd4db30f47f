import { setImmediate as turn } from "node:timers/promises";
import { seededRandom } from "@sluice/bus/testing/seeded-random";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { expect, test } from "vitest";
import { askingStep, compiledWorkflow } from "../testing/planned-workflow.ts";
import { runWorkflow, type StepContext } from "./run-workflow.ts";
import { planWorkflow, type StepValues } from "./workflow-plan.ts";

const input = { text: "hello", messages: [{ role: "user", content: "hello" }] };

interface Step {
  name: string;
  context: StepContext;
  end(output: string, json?: unknown): void;
  fail(error: unknown): void;
}

/** A workflow whose steps end when the test says so. */
function started(steps: readonly object[], signal = new AbortController().signal) {
  const begun: Step[] = [];
  const reply = runWorkflow<StepValues>(
    planWorkflow(compiledWorkflow(steps)),
    input,
    ({ step: { name } }, context) =>
      new Promise<StepValues>((resolve, reject) => {
        const end = (output: string, json?: unknown) => resolve({ output, json });
        begun.push({ name, context, end, fail: reject });
        context.signal.addEventListener("abort", () => reject(context.signal.reason));
      }),
    signal,
  );
  reply.catch(() => undefined);
  const names = async () => {
    await turn();
    return begun.map(({ name }) => name);
  };
  const step = (name: string): Step => {
    const found = begun.find((each) => each.name === name);
    if (found === undefined) throw new Error(`${name} has not begun`);
    return found;
  };
  return { reply, names, step };
}

const a = askingStep("a", "{{ input.text }}");
const b = askingStep("b", "{{ input.text }}");
const both = askingStep("both", "{{ steps.a.output }}{{ steps.b.output }}");

test("steps that read nothing of each other run at the same time, one that reads them after both", async () => {
  const { reply, names, step } = started([a, b, both]);
  expect(await names()).toEqual(["a", "b"]);
  step("b").end("of b");
  expect(await names()).toEqual(["a", "b"]);
  step("a").end("of a");
  expect(await names()).toEqual(["a", "b", "both"]);
  expect(step("both").context).toMatchObject({
    answers: true,
    values: { input, steps: { a: { output: "of a" }, b: { output: "of b" } } },
  });
  expect(step("a").context).toMatchObject({ answers: false, values: { steps: {} } });
  step("both").end("the reply");
  expect(await reply).toEqual({ output: "the reply", json: undefined });
});

const json = { responseFormat: { type: "json" } };
const judge = askingStep("judge", "{{ input.text }}", json);
const answer = askingStep("answer", "{{ steps.judge.output }}");
const polish = askingStep("polish", "{{ steps.answer.output }}", { when: "steps.judge.json.bad" });

test("a step behind that is left out leaves the reply to the one before, which knows it", async () => {
  const { reply, names, step } = started([judge, answer, polish]);
  step("judge").end("", { bad: false });
  expect(await names()).toEqual(["judge", "answer"]);
  expect(step("answer").context.answers).toBe(true);
  step("answer").end("fine");
  expect(await reply).toMatchObject({ output: "fine" });
  expect(await names()).toEqual(["judge", "answer"]);
});

test("a step behind that is run gives the reply", async () => {
  const { reply, names, step } = started([judge, answer, polish]);
  step("judge").end("", { bad: true });
  expect(await names()).toEqual(["judge", "answer"]);
  expect(step("answer").context.answers).toBe(false);
  step("answer").end("rough");
  expect(await names()).toEqual(["judge", "answer", "polish"]);
  step("polish").end("polished");
  expect(await reply).toMatchObject({ output: "polished" });
});

test("a step whose own output decides about the one behind does not know whether it answers", async () => {
  const more = askingStep("more", "{{ steps.a.output }}", { when: 'steps.a.output == "short"' });
  const { reply, names, step } = started([a, more]);
  expect(await names()).toEqual(["a"]);
  expect(step("a").context.answers).toBe(false);
  step("a").end("long enough");
  expect(await reply).toMatchObject({ output: "long enough" });
});

test("a step that only left-out steps would read is not run", async () => {
  const search = askingStep("search", "{{ input.text }}");
  const cite = askingStep("cite", "{{ steps.search.output }}", { when: "steps.judge.json.bad" });
  const end = askingStep("end", "{% if steps.cite %}{{ steps.cite.output }}{% endif %}");
  const { reply, names, step } = started([judge, search, cite, end]);
  expect(await names()).toEqual(["judge"]);
  step("judge").end("", { bad: false });
  expect(await names()).toEqual(["judge", "end"]);
  expect(step("end").context.values.steps).not.toHaveProperty("cite");
  step("end").end("done");
  expect(await reply).toMatchObject({ output: "done" });
});

test("a step that fails names itself, and the others are told to stop", async () => {
  const { reply, names, step } = started([a, b, both]);
  await names();
  step("a").fail(new SluiceError("provider_rate_limited", "Slow down.", { retryAfterMs: 2000 }));
  await expect(reply).rejects.toMatchObject({
    code: "provider_rate_limited",
    status: 429,
    retryAfterMs: 2000,
    message: 'The step "a" failed: Slow down.',
  });
  expect(step("b").context.signal.aborted).toBe(true);
  expect(await names()).toEqual(["a", "b"]);
});

test("a condition that reads what is not there fails its step, not another", async () => {
  const more = askingStep("more", "{{ steps.judge.output }}", { when: "steps.judge.json.missing" });
  const { reply, step } = started([judge, more]);
  await turn();
  step("judge").end("", { bad: true });
  await expect(reply).rejects.toMatchObject({
    code: "invalid_request",
    message:
      'The step "more" failed: The request does not fit its condition: a value that it reads is not there.',
  });
});

test("when the request is over, the steps that are at work stop", async () => {
  const leaving = new AbortController();
  const { reply, names } = started([a, b, both], leaving.signal);
  await names();
  leaving.abort(new SluiceError("client_closed", "Nobody waits."));
  await expect(reply).rejects.toMatchObject({ code: "client_closed" });
});

test("whatever reads whatever, each step runs once, after what it reads, and the last one answers", async () => {
  const random = seededRandom(7);
  const pick = (count: number): number => Math.floor(random() * count);
  for (let round = 0; round < 200; round++) {
    const count = 1 + pick(7);
    const steps = Array.from({ length: count }, (_, index) => {
      const read = Array.from({ length: index }, (__, other) => other).filter(
        (other) => random() < 0.5 || other === index - 1,
      );
      const content = `x${read.map((other) => `{% if steps.s${other} %}{{ steps.s${other}.output }}{% endif %}`).join("")}`;
      const judged = index > 0 && index < count - 1 && random() < 0.5 ? pick(index) : undefined;
      const when =
        judged === undefined ? {} : { when: `has(steps.s${judged}) && steps.s${judged}.output == "yes"` };
      return { read, step: askingStep(`s${index}`, content, when) };
    });
    const over: string[] = [];
    let answered: string | undefined;
    const reply = await runWorkflow<StepValues>(
      planWorkflow(compiledWorkflow(steps.map(({ step }) => step))),
      input,
      async ({ step: { name, needs } }, { values, answers }) => {
        expect(over).not.toContain(name);
        for (const needed of needs) expect(needed in values.steps).toBe(over.includes(needed));
        if (answers) answered = name;
        for (let turns = pick(4); turns > 0; turns--) await turn();
        over.push(name);
        return { output: random() < 0.5 ? "yes" : "no" };
      },
      new AbortController().signal,
    );
    expect(answered).toBe(`s${count - 1}`);
    expect(over.at(-1)).toBe(answered);
    expect(["yes", "no"]).toContain(reply.output);
  }
});
