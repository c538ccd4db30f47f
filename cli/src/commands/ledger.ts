import { Command } from "commander";
import type { Terminal } from "../terminal.ts";
import { deadLettersCommand } from "./ledger-dead-letters.ts";
import { rebuildCommand } from "./ledger-rebuild.ts";
import { reconcileCommand } from "./ledger-reconcile.ts";

/** `sluice ledger`: what is to be done about the ledger as a whole. */
export function ledgerCommand(terminal: Terminal): Command {
  const command = new Command("ledger").description("rebuild, reconcile and look into the ledger");
  for (const part of [rebuildCommand, reconcileCommand, deadLettersCommand]) {
    command.addCommand(part(terminal));
  }
  return command;
}
