import { type EventLag, readEventLag } from "@sluice/bus/event-lag";
import { type ListedService, listServices } from "@sluice/bus/list-services";
import { Command } from "commander";
import { CommandError } from "../command-error.ts";
import { findBus } from "../find-mesh.ts";
import { formatTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { reachingBus, withOperator } from "../with-operator.ts";

/**
 * `sluice status`: every instance on the bus with its figures, as `nats micro ls` shows them, and how far the ledger
 * is behind the event stream.
 */
export function statusCommand(terminal: Terminal): Command {
  return new Command("status")
    .description("show every instance of the mesh with its figures")
    .option("--json", "print JSON")
    .action((options: { json?: boolean }) => status(terminal, options.json === true));
}

async function status(terminal: Terminal, json: boolean): Promise<void> {
  const address = await findBus(terminal);
  const services = await reachingBus(address.servers, () => listServices(address));
  const events = await withOperator(terminal, (bus) => readEventLag(bus));
  if (json) {
    terminal.out(`${JSON.stringify({ services, events }, null, 2)}\n`);
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
        { title: "REVISION", cell: ({ revision }) => String(revision ?? "-"), align: "right" },
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
  terminal.out(`\n${describeEvents(events)}\n`);
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
