import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { z } from "zod";
import { CommandError } from "../command-error.ts";
import { findLedger, type LedgerAddress } from "../find-mesh.ts";
import { getFromLedger, postToLedger } from "../ledger-client.ts";
import type { Terminal } from "../terminal.ts";

const path = "/v1/rebuild";
const pollMs = 500;

const rebuildSchema = z.object({
  running: z.boolean(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  eventsDone: z.number(),
  eventsTotal: z.number(),
  deadLetters: z.number(),
  error: z.string().nullable(),
});
type Rebuild = z.infer<typeof rebuildSchema>;

/** `sluice ledger rebuild`: has the ledger book all events anew, and waits for it. */
export function rebuildCommand(terminal: Terminal): Command {
  return new Command("rebuild")
    .description("book all events of the stream anew; the ledger answers and books as ever meanwhile")
    .option("--json", "print JSON")
    .action((options: { json?: boolean }) => rebuild(terminal, options.json === true));
}

async function rebuild(terminal: Terminal, json: boolean): Promise<void> {
  const ledger = await findLedger(terminal);
  await postToLedger(ledger, path);
  const done = await followed(terminal, ledger);
  if (done.error !== null) {
    throw new CommandError(`The ledger is as it was before; it could not be rebuilt: ${done.error}`);
  }
  if (json) terminal.out(`${JSON.stringify(done, null, 2)}\n`);
  else
    terminal.out(`Rebuilt from ${done.eventsDone} messages of the event stream in ${durationOf(done)} s.\n`);
  if (done.deadLetters > 0) {
    terminal.error(`${done.deadLetters} events could not be booked; see sluice ledger dead-letters.\n`);
  }
}

/** Says how far it is until it is over. */
async function followed(terminal: Terminal, ledger: LedgerAddress): Promise<Rebuild> {
  let said = "";
  for (;;) {
    const state = rebuildSchema.parse(await getFromLedger(ledger, path));
    if (!state.running) return state;
    const progress = `${state.eventsDone} of ${state.eventsTotal} messages\n`;
    if (progress !== said) terminal.error(progress);
    said = progress;
    await sleep(pollMs);
  }
}

function durationOf({ startedAt, finishedAt }: Rebuild): string {
  const durationMs = Date.parse(finishedAt ?? "") - Date.parse(startedAt ?? "");
  return (durationMs / 1000).toFixed(1);
}
