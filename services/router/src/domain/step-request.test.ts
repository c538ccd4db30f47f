import type { CanonicalChatRequest } from "@sluice/dialects/canonical-request";
import { expect, test } from "vitest";
import { askingStep, compiledWorkflow } from "../testing/planned-workflow.ts";
import { type StepRequest, writeStepRequest } from "./step-request.ts";
import { type PlannedModelStep, planWorkflow } from "./workflow-plan.ts";

const client: CanonicalChatRequest = {
  dialect: "anthropic",
  model: "w",
  stream: true,
  messages: [
    { role: "system", content: [{ type: "text", text: "Be kind" }] },
    { role: "user", content: [{ type: "text", text: "Hello" }] },
  ],
  continuesAssistant: false,
  tools: [],
  stopSequences: ["END"],
  candidateCount: 1,
  maxOutputTokens: 100,
  temperature: 0.5,
  endUser: "u-1",
  includeUsage: false,
};
const values = {
  input: { text: 'say "hi"', messages: [{ role: "user", content: 'say "hi"' }] },
  steps: { a: { output: "of a" } },
};

/** What the last of some steps asks. */
function written(steps: readonly object[], position = steps.length - 1, stream = false): StepRequest {
  const plan = planWorkflow(compiledWorkflow(steps))[position] as PlannedModelStep;
  return writeStepRequest({ plan, values, client, model: "m", stream });
}

function bodyOf({ body }: StepRequest): unknown {
  return JSON.parse(body.toString());
}

const a = askingStep("a", "{{ input.text }}");
const b = askingStep("b", "{{ steps.a.output }}");

test("a step that may answer asks for what the client wants of the reply, another one does not", () => {
  expect(bodyOf(written([a, b], 0))).toEqual({
    model: "m",
    messages: [{ role: "user", content: 'say "hi"' }],
    user: "u-1",
  });
  expect(written([a, b])).toMatchObject({ maxOutputTokens: 100 });
  expect(bodyOf(written([a, b]))).toEqual({
    model: "m",
    messages: [{ role: "user", content: "of a" }],
    max_completion_tokens: 100,
    temperature: 0.5,
    stop: ["END"],
    user: "u-1",
  });
});

test("what the step says itself goes before the client's wish", () => {
  const own = { temperature: 0, maxTokens: 7, stop: ["."], topP: 0.1, reasoningEffort: "low" };
  expect(bodyOf(written([askingStep("a", "x", own)]))).toMatchObject({
    temperature: 0,
    max_completion_tokens: 7,
    stop: ["."],
    top_p: 0.1,
    reasoning_effort: "low",
  });
});

test("the client's messages go on as they are, beside the step's own", () => {
  const messages = [{ role: "system", content: "About {{ steps.a.output }}" }, { from: "input" }];
  expect(bodyOf(written([a, { name: "b", model: "m", messages }]))).toMatchObject({
    messages: [
      { role: "system", content: "About of a" },
      { role: "system", content: "Be kind" },
      { role: "user", content: "Hello" },
    ],
  });
});

test("JSON is asked for, by a schema where there is one", () => {
  const schema = { type: "object", properties: { x: { type: "string" } } };
  const json = (more: object) =>
    bodyOf(written([askingStep("a", "x", { responseFormat: { type: "json", ...more } })]));
  expect(json({})).toMatchObject({ response_format: { type: "json_object" } });
  expect(json({ schema })).toMatchObject({
    response_format: { type: "json_schema", json_schema: { name: "a", schema } },
  });
});

test("a stream is asked for with its usage", () => {
  expect(bodyOf(written([a], 0, true))).toMatchObject({
    stream: true,
    stream_options: { include_usage: true },
  });
});

test("a value that is not there is said without those that are", () => {
  const step = askingStep("b", "{{ steps.a.output }}{{ steps.c.output }}");
  expect(() => written([a, askingStep("c", "x"), step])).toThrow(
    expect.objectContaining({
      code: "invalid_request",
      message:
        "The request does not fit its template: line 1, column 24: there is no value for steps.c.output.",
    }),
  );
});
