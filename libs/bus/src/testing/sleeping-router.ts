import { instanceSchema } from "@sluice/contracts/service-name";
import { createLogger } from "@sluice/telemetry/logger";
import { createMeshMetrics } from "@sluice/telemetry/mesh-metrics";
import { connectBus } from "../connect.ts";
import { servePipelineStep } from "../pipeline-step.ts";

/**
 * A router in a process of its own that falls asleep (SIGSTOP) right after it has asked the origin for leave,
 * and reports over IPC what it was told once somebody wakes it. Its parent names bus, seed and instance.
 */
const [servers = "", nkeySeed = "", name = ""] = process.argv.slice(2);
const instance = instanceSchema.parse(name);
const bus = await connectBus({
  servers,
  nkeySeed,
  service: "router",
  instance,
  logger: createLogger({ service: "router", instance, level: "silent" }),
  metrics: createMeshMetrics({ service: "router", instance }),
});
await servePipelineStep(bus, {
  service: "router",
  description: "falls asleep",
  handler: async (delivery) => {
    const leave = delivery.accept();
    // Once the question has left, at the end of this turn; the answer can't be read before the next.
    setImmediate(() => process.kill(process.pid, "SIGSTOP"));
    process.send?.({ leave: await leave });
  },
});
process.send?.("ready");
