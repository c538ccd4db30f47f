import { setImmediate as turn } from "node:timers/promises";
import type { PipelineService } from "@sluice/contracts/subjects";
import type { Bus } from "../bus.ts";
import { connectionOf } from "../internal/connection.ts";
import { type PipelineStep, type StepDelivery, servePipelineStep } from "../pipeline-step.ts";
import type { BusTimings } from "../timings.ts";
import type { TestBus } from "./test-bus.ts";

export type StepHandler = (delivery: StepDelivery) => void | Promise<void>;

/** A step that a test serves on a connection of its own. */
export interface TestStep extends PipelineStep {
  readonly bus: Bus;
  /** Ends its part in the bus without a word, as the process that is killed. */
  die(): Promise<void>;
}

/** The steps of a test's pipeline. */
export interface TestSteps {
  serve(service: PipelineService, handler: StepHandler, timings?: Partial<BusTimings>): Promise<TestStep>;
  /** Stops all of them; what is open is broken off, and what they passed on last finds nobody. */
  stop(): Promise<void>;
}

/** @param testBus called at each use, as a test's bus is made after its file is read */
export function testStepsOn(testBus: () => TestBus): TestSteps {
  const steps: TestStep[] = [];
  return {
    serve: async (service, handler, timings) => {
      const bus = await testBus().connect(service, timings);
      const step = await servePipelineStep(bus, { service, description: `test ${service}`, handler });
      const served: TestStep = { bus, stop: (drainMs) => step.stop(drainMs), die: () => killBus(bus) };
      steps.push(served);
      return served;
    },
    stop: async () => {
      const stopped = steps.splice(0);
      await Promise.all(stopped.map((step) => step.stop(0)));
      // Else the steps that the next test serves may get it.
      await turn();
      await Promise.all(stopped.map(({ bus }) => arrived(bus)));
    },
  };
}

/** Resolves when the server has what was sent; a bus that died or was closed sends no more. */
async function arrived(bus: Bus): Promise<void> {
  const connection = connectionOf(bus);
  if (bus.connected && !connection.isClosed() && !connection.isDraining()) await connection.flush();
}

async function killBus(bus: Bus): Promise<void> {
  // The connection is that of others too.
  if (bus.hub === undefined) await connectionOf(bus).close();
  else bus.setClosed();
}
