import { compileContent } from "@sluice/resources/compile-content";
import { compileSnapshot } from "@sluice/resources/compile-snapshot";
import { parseConfiguration } from "@sluice/resources/read-configuration";
import { readResources } from "@sluice/resources/read-resources";
import type { Workflow } from "@sluice/resources/workflow";

const file = "backends: { b: { provider: openai } }\nmodels: [{ name: m*, backend: b }]";

/** A workflow as a revision of the configuration has it. @param steps of its `spec` */
export function compiledWorkflow(steps: readonly object[]): Workflow {
  const resource = {
    apiVersion: "sluice.dev/v1",
    kind: "Workflow",
    metadata: { name: "w" },
    spec: { steps },
  };
  const read = readResources([{ text: JSON.stringify(resource), name: "w.yaml" }]);
  const base = compileSnapshot(parseConfiguration(file, "sluice.yaml"), "/");
  const { content, problems } = compileContent(base, read.resources);
  const [problem] = [...read.problems, ...problems];
  const workflow = content.workflows.w;
  if (problem !== undefined || workflow === undefined) throw new Error(problem?.message ?? "there is none");
  return workflow;
}

/** A step that asks a model. @param content of its message */
export function askingStep(name: string, content: string, more: object = {}): object {
  return { name, model: "m", messages: [{ role: "user", content }], ...more };
}
