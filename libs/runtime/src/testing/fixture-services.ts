import type { ServiceName } from "@sluice/contracts/service-name";
import { z } from "zod";
import { integer } from "../environment-variables.ts";
import { runServices } from "../run-services.ts";
import type { ServiceDefinition } from "../service-definition.ts";
import { fixtureOrders } from "./fixture-orders.ts";

/** Several services in a process, for the tests of the runtime. It passes on what its parent and its thread say. */
const orders = new BroadcastChannel(fixtureOrders);
orders.onmessage = ({ data }: { data: unknown }) => process.send?.(data);
process.on("message", (order) => orders.postMessage(order));

function fixture(service: ServiceName, url?: string): ServiceDefinition<unknown> {
  return {
    service,
    configSchema: z.object({ FIXTURE_LIMIT: integer({ minimum: 1, maximum: 10 }).default(5) }),
    start: ({ logger, metrics }) => {
      metrics.counter("sluice.fixture.starts", "Starts.", "{start}").add();
      return Promise.resolve({
        ready: url === undefined ? {} : { url },
        stop: (drainMs) => {
          logger.info({ drainMs }, "fixture stopped");
          return Promise.resolve();
        },
      });
    },
  };
}

await runServices({
  edge: fixture("ingress", "http://fixture.test"),
  steps: [fixture("auth"), fixture("router")],
  threads: [{ service: "ledger", script: new URL("./fixture-thread.ts", import.meta.url) }],
});
