import { Command } from "commander";
import type { Terminal } from "../terminal.ts";
import { comparePromptsCommand } from "./prompts-compare.ts";

/** `sluice prompts`: what came of prompt templates; they themselves are resources (`sluice get prompttemplates`). */
export function promptsCommand(terminal: Terminal): Command {
  return new Command("prompts")
    .description("see how prompt templates have fared")
    .addCommand(comparePromptsCommand(terminal));
}
