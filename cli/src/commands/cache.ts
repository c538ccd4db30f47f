import { Command } from "commander";
import type { Terminal } from "../terminal.ts";
import { invalidateCommand } from "./cache-invalidate.ts";
import { warmCommand } from "./cache-warm.ts";

/** `sluice cache`: what is done about replies that the gateway keeps. */
export function cacheCommand(terminal: Terminal): Command {
  return new Command("cache")
    .description("have cached replies given no more, or have replies cached before they are asked for")
    .addCommand(invalidateCommand(terminal))
    .addCommand(warmCommand(terminal));
}
