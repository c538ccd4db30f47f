import { z } from "zod";
import { choice } from "../environment-variables.ts";
import { runService } from "../run-service.ts";
import { fixtureOrders } from "./fixture-orders.ts";

/** A service on a thread that says when it has started, and ends when it is told. */
const orders = new BroadcastChannel(fixtureOrders);

await runService({
  service: "ledger",
  configSchema: z.object({ FIXTURE_THREAD: choice(["plain", "start fails"]).default("plain") }),
  start: ({ config, logger, metrics }) => {
    if (config.FIXTURE_THREAD === "start fails") throw new Error("The database is gone.");
    metrics.counter("sluice.fixture.starts", "Starts.", "{start}").add();
    orders.onmessage = ({ data }: { data: unknown }) => {
      if (data === "throw in the thread") throw new Error("thrown in a callback");
    };
    orders.postMessage("thread started");
    return Promise.resolve({
      ready: { url: "http://thread.test" },
      stop: () => {
        logger.info("fixture stopped");
        return Promise.resolve();
      },
    });
  },
});
