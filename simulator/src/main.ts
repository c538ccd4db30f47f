import { randomBytes } from "node:crypto";
import { z } from "zod";
import { startSimulator } from "./start-simulator.ts";

const environmentSchema = z.object({
  SLUICE_SIMULATOR_HOST: z.string().default("127.0.0.1"),
  SLUICE_SIMULATOR_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
});

const environment = environmentSchema.safeParse(process.env);
if (!environment.success) {
  process.stderr.write(`The simulator cannot start.\n${z.prettifyError(environment.error)}\n`);
  process.exit(1);
}

const { SLUICE_SIMULATOR_HOST: host, SLUICE_SIMULATOR_PORT: port } = environment.data;
try {
  const simulator = await startSimulator({ host, port });
  const stop = () => {
    void simulator.stop().then(() => process.exit(0));
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  process.once("disconnect", stop);
  const instance = `simulator-${randomBytes(6).toString("hex")}`;
  if (process.send === undefined) process.stdout.write(`The simulator listens on ${simulator.url}\n`);
  else process.send({ type: "ready", service: "simulator", instance, url: simulator.url });
} catch (error) {
  process.stderr.write(
    `The simulator cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : ""}\n`,
  );
  process.exit(1);
}
