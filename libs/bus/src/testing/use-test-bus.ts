import { afterAll, afterEach, beforeAll } from "vitest";
import { startTestBus, type TestBus } from "./test-bus.ts";
import { type TestSteps, testStepsOn } from "./test-steps.ts";

export interface UsedTestBus extends Pick<TestBus, "connect" | "credentials">, Pick<TestSteps, "serve"> {
  /** Stops the steps of a test before it is over. */
  stopSteps(): Promise<void>;
}

/** A bus for all tests of a file, and the steps that each of them serves on it until it is over. */
export function useTestBus(): UsedTestBus {
  let started: TestBus | undefined;
  const testBus = (): TestBus => {
    if (started === undefined) throw new Error("the bus is there once the tests run");
    return started;
  };
  const steps = testStepsOn(testBus);
  beforeAll(async () => {
    started = await startTestBus();
  });
  afterEach(() => steps.stop());
  afterAll(() => started?.stop());
  return {
    connect: (service, timings) => testBus().connect(service, timings),
    credentials: (user) => testBus().credentials(user),
    serve: steps.serve,
    stopSteps: steps.stop,
  };
}
