import { type EventLag, readEventLag } from "@sluice/bus/event-lag";
import type { ListedService } from "@sluice/bus/list-services";
import {
  type AppliedConfiguration,
  allResources,
  readAppliedConfiguration,
} from "@sluice/resources/applied-configuration";
import { conditionsOf, nameOfPlain } from "@sluice/resources/conditions";
import { Command } from "commander";
import { CommandError } from "../command-error.ts";
import { runningInstances } from "../running-instances.ts";
import { formatTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { withOperator } from "../with-operator.ts";

/**
 * `sluice status`: every instance on the bus with its figures, as `nats micro ls` shows them, what of the configuration
 * they don't work by yet, and how far the ledger is behind the event stream.
 */
export function statusCommand(terminal: Terminal): Command {
  return new Command("status")
    .description("show every instance of the mesh with its figures")
    .option("--json", "print JSON")
    .action((options: { json?: boolean }) => status(terminal, options.json === true));
}

async function status(terminal: Terminal, json: boolean): Promise<void> {
  const services = await runningInstances(terminal);
  const { events, applied } = await withOperator(terminal, async (bus) => ({
    events: await readEventLag(bus),
    applied: await readAppliedConfiguration(bus),
  }));
  const { revision } = applied;
  const notProgrammed = waitingResources(applied, services);
  if (json) {
    terminal.out(`${JSON.stringify({ revision, services, notProgrammed, events }, null, 2)}\n`);
    return;
  }
  if (services.length === 0) throw new CommandError("The bus is there, and no service is on it.");
  const nowMs = Date.now();
  terminal.out(
    formatTable<ListedService>(
      [
        { title: "SERVICE", cell: ({ name }) => name.replace(/^sluice-/, "") },
        { title: "INSTANCE", cell: ({ instance }) => instance },
        { title: "VERSION", cell: ({ version }) => version },
        {
          title: "UPTIME",
          cell: ({ startedAt }) => formatUptime(nowMs - Date.parse(startedAt)),
          align: "right",
        },
        { title: "REVISION", cell: ({ revision: own }) => String(own ?? "-"), align: "right" },
        { title: "REQUESTS", cell: ({ requests }) => String(requests), align: "right" },
        { title: "ERRORS", cell: ({ errors }) => String(errors), align: "right" },
        {
          title: "MEAN",
          cell: ({ averageProcessingMs }) => `${averageProcessingMs.toFixed(2)}ms`,
          align: "right",
        },
      ],
      services,
    ),
  );
  for (const { instance, notices } of services) {
    for (const notice of notices) terminal.out(`\n${instance}: ${notice}\n`);
  }
  if (revision > 0) terminal.out(`\n${describeRevision(revision, services)}\n`);
  for (const { resource, message } of notProgrammed) terminal.out(`${resource}: ${message}\n`);
  terminal.out(`\n${describeEvents(events)}\n`);
}

/** A resource that not all instances work by, and why. */
interface WaitingResource {
  resource: string;
  reason: string;
  message: string;
}

function waitingResources(
  applied: AppliedConfiguration,
  services: readonly ListedService[],
): WaitingResource[] {
  return allResources(applied).flatMap((plain) => {
    const programmed = conditionsOf(plain, applied, services).find(({ type }) => type === "Programmed");
    if (programmed === undefined || programmed.status === "True") return [];
    const { reason, message } = programmed;
    return [{ resource: nameOfPlain(plain), reason, message }];
  });
}

/** Who does not work by the newest revision. The ledger follows none. */
function describeRevision(newest: number, services: readonly ListedService[]): string {
  const followers = services.filter(({ name }) => name !== "sluice-ledger");
  const behind = followers.filter(({ revision = 0 }) => revision < newest);
  const begin = `The newest revision of the configuration is ${newest}`;
  if (behind.length === 0) return `${begin}; every instance works by it.`;
  const words = behind.map(({ instance, revision }) => `${instance} (${revision ?? "none yet"})`);
  return `${begin}; these do not work by it: ${words.join(", ")}.`;
}

/** In whole megabytes: of an empty stream that is less than one, and that is all there is to know. */
function describeEvents({ waiting, bytes, limitBytes, deadLetters = 0 }: EventLag): string {
  const [used, limit] = [bytes, limitBytes].map((size) => `${Math.ceil(size / 1024 ** 2)} MiB`);
  const percent = Math.floor((100 * bytes) / limitBytes);
  const lag = waiting === 0 ? "Every event is booked" : `${waiting} events wait to be booked`;
  const letters = deadLetters === 0 ? "" : ` ${deadLetters} could not be booked: sluice ledger dead-letters.`;
  return `${lag}; the event stream holds ${used} of ${limit} (${percent} %).${letters}`;
}

/** The two largest units, as `3d4h` or `12m5s`. */
function formatUptime(uptimeMs: number): string {
  const seconds = Math.max(0, Math.floor(uptimeMs / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([number]) => number > 0);
  if (first === -1) return "0s";
  return parts
    .slice(first, first + 2)
    .map(([number, unit]) => `${number}${unit}`)
    .join("");
}
