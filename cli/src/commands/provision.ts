import { setTimeout as delay } from "node:timers/promises";
import { applyChange } from "@sluice/resources/apply-configuration";
import { readDeclaredKeys } from "@sluice/resources/declared-keys";
import { Command } from "commander";
import { z } from "zod";
import { changeNotes } from "../change-notes.ts";
import { CommandError } from "../command-error.ts";
import { readConfiguration, usualConfigurationFile } from "../configuration-file.ts";
import { findBus } from "../find-mesh.ts";
import { streamSettingsShape } from "../stream-settings.ts";
import { prepareBus } from "../supervisor/prepare-bus.ts";
import type { Terminal } from "../terminal.ts";
import { durationValue } from "./option-values.ts";

const pauseMs = 1000;
const usualWaitMs = 60_000;

const environmentSchema = z.object(streamSettingsShape);

/** `sluice provision`: makes on the bus what a mesh needs there, before its services start. */
export function provisionCommand(terminal: Terminal): Command {
  return new Command("provision")
    .description("make the streams and buckets of a mesh on its bus, and publish its configuration")
    .argument("[file]", "the configuration", usualConfigurationFile)
    .option("--wait <duration>", "how long to wait for the bus (default: 60s)", durationValue)
    .action((file: string, options: { wait?: number }) => provision(terminal, file, options.wait));
}

async function provision(terminal: Terminal, file: string, waitMs = usualWaitMs): Promise<void> {
  const { content, resources, keys: declared } = await readConfiguration(terminal, file);
  const keys = await readDeclaredKeys(declared, terminal.environment);
  const streams = readStreamSettings(terminal);
  const address = await findBus(terminal);
  const { revision, changed } = await patiently(terminal, waitMs, () =>
    prepareBus({ ...address, ...streams }, (bus) =>
      applyChange(bus, {
        base: content,
        baseResources: resources,
        keys,
        ...changeNotes(),
        change: `provision ${file}`,
      }),
    ),
  );
  const configuration = `${file} as revision ${revision}`;
  terminal.error(
    changed
      ? `The bus is set up, and the mesh works by ${configuration}.\n`
      : `The bus is set up; the mesh worked by ${configuration} before.\n`,
  );
}

function readStreamSettings({ environment }: Terminal): { maxEventBytes?: number; replicas?: number } {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const { success, data, error } = environmentSchema.safeParse(given);
  if (!success) {
    const problems = error.issues.map(({ path, message }) => `${path.join(".")} ${message}`);
    throw new CommandError(`The environment is not valid: ${problems.join("; ")}.`);
  }
  const { SLUICE_EVENT_STREAM_BYTES: maxEventBytes, SLUICE_STREAM_REPLICAS: replicas } = data;
  return {
    ...(maxEventBytes === undefined ? {} : { maxEventBytes }),
    ...(replicas === undefined ? {} : { replicas }),
  };
}

/**
 * Does some work once the bus lets it be done: servers that start at the same time take connections before a cluster
 * of them has its leaders.
 * @throws CommandError with what the bus said last
 */
async function patiently<Result>(
  terminal: Terminal,
  waitMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const deadline = performance.now() + waitMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CommandError) || performance.now() + pauseMs > deadline) throw error;
      if (attempt === 1) terminal.error(`Not yet: ${error.message}\nTrying for ${waitMs / 1000} s.\n`);
      await delay(pauseMs);
    }
  }
}
