import { once } from "node:events";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { z } from "zod";
import { choice, integer } from "../environment-variables.ts";
import { type RunningService, runService, type ServiceContext } from "../run-service.ts";

/**
 * A service for the tests of the runtime: it starts, ends and fails in the way that its environment names,
 * and does what its parent tells it over the IPC channel.
 */
const configSchema = z
  .object({
    FIXTURE_BEHAVIOUR: choice(["plain", "start fails", "start hangs", "stops when told", "never stops"]),
    FIXTURE_LIMIT: integer({ minimum: 1, maximum: 10 }).default(5),
  })
  .transform((variables) => ({ behaviour: variables.FIXTURE_BEHAVIOUR, limit: variables.FIXTURE_LIMIT }));

type Context = ServiceContext<z.infer<typeof configSchema>>;

async function start(context: Context): Promise<RunningService> {
  const { behaviour, limit } = context.config;
  if (behaviour === "start fails") throw new SluiceError("internal", "The model has no backend.");
  if (behaviour === "start hangs") await hang(context);
  process.on("message", (order) => obey(String(order), context));
  context.metrics.counter("sluice.fixture.starts", "Starts.", "{start}").add();
  context.logger.info({ limit }, "fixture started");
  let missing: string[] = [];
  process.on("message", (order) => {
    missing = order === "be unready" ? ["fixture"] : missing;
  });
  return {
    ready: { url: "http://fixture.test" },
    notReadyBecause: () => missing,
    stop: (drainMs) => stopAs(context, drainMs),
  };
}

async function hang(context: Context): Promise<void> {
  process.send?.("starting");
  await once(context.signal, "abort");
  throw new SluiceError("service_unavailable", "The start was given up.");
}

function obey(order: string, context: Context): void {
  if (order === "throw") throw new Error("thrown in a callback");
  if (order === "reject") void Promise.reject(new Error("rejected and not awaited"));
  if (order === "trace") context.tracing.startSpan("fixture", { parent: context.tracing.decide({}) }).end();
  process.send?.(`done: ${order}`);
}

async function stopAs(context: Context, drainMs: number): Promise<void> {
  const { behaviour } = context.config;
  if (process.connected) process.send?.({ drainMs });
  if (behaviour === "never stops") await new Promise(() => process.send?.("stopping"));
  if (behaviour !== "stops when told") return;
  process.send?.("stopping");
  while ((await once(process, "message"))[0] !== "finish");
  context.logger.info({ connected: context.bus.connected }, "open work finished");
}

await runService({ service: "guard", configSchema, start });
