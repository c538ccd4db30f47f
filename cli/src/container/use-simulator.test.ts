import { expect, test } from "vitest";
import { useSimulatorWithoutKeys } from "./use-simulator.ts";

const SLUICE_SIMULATOR_URL = "http://simulator:8090/";

test("the simulator answers for all providers while there is no key", () => {
  const environment: NodeJS.ProcessEnv = { SLUICE_SIMULATOR_URL, OPENAI_API_KEY: "" };
  useSimulatorWithoutKeys(environment);
  expect(environment).toMatchObject({
    OPENAI_BASE_URL: "http://simulator:8090/v1",
    ANTHROPIC_BASE_URL: "http://simulator:8090",
    GEMINI_BASE_URL: "http://simulator:8090",
    OPENAI_API_KEY: "simulator",
  });
});

test.each([
  ["there is a key", { SLUICE_SIMULATOR_URL, ANTHROPIC_API_KEY: "sk-1" }],
  [
    "a file with a key can't be read: the service says so",
    { SLUICE_SIMULATOR_URL, OPENAI_API_KEY_FILE: "/no" },
  ],
  ["no simulator is named", {}],
])("nothing is changed where %s", (_, given) => {
  const environment: NodeJS.ProcessEnv = { ...given };
  useSimulatorWithoutKeys(environment);
  expect(environment).toEqual(given);
});
