import { askForCacheInvalidation } from "@sluice/bus/cache-invalidation";
import type { InvalidatedReplies } from "@sluice/contracts/cache-invalidation";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { Command } from "commander";
import { changeNotes } from "../change-notes.ts";
import { CommandError } from "../command-error.ts";
import type { Terminal } from "../terminal.ts";
import { withOperator } from "../with-operator.ts";
import { collect } from "./option-values.ts";

interface InvalidateOptions {
  all?: boolean;
  model?: string[];
  tag?: string[];
  key?: string[];
}

/** `sluice cache invalidate`: no router gives the replies any more when it ends. */
export function invalidateCommand(terminal: Terminal): Command {
  return new Command("invalidate")
    .description("have cached replies given no more, by any router, from now on")
    .option("--all", "all of them")
    .option("--model <model>", "those that were asked of a model, or that it made; may be repeated", collect)
    .option("--tag <tag>", "those with a tag; may be repeated", collect)
    .option("--key <key>", "that of one request, by the header x-sluice-cache-key; may be repeated", collect)
    .action((options: InvalidateOptions) => invalidate(terminal, options));
}

async function invalidate(terminal: Terminal, { all, model, tag, key }: InvalidateOptions): Promise<void> {
  const some = { model: model ?? [], tag: tag ?? [], key: key ?? [] };
  const replies: InvalidatedReplies[] = Object.entries(some).flatMap(([by, values]) =>
    values.map((value) => ({ by: by as keyof typeof some, value })),
  );
  if (all === true && replies.length > 0) throw new CommandError("With --all there is nothing else to name.");
  if (all === true) replies.push({ by: "all" });
  if (replies.length === 0) throw new CommandError("Which replies? Name --model, --tag or --key, or --all.");
  const { by: madeBy } = changeNotes();
  try {
    await withOperator(terminal, (bus) => askForCacheInvalidation(bus, { replies, madeBy }));
  } catch (cause) {
    if (cause instanceof SluiceError) throw new CommandError(cause.message, { cause });
    throw cause;
  }
  terminal.out(`No router gives ${replies.map(describe).join(" or ")} any more.\n`);
}

function describe(replies: InvalidatedReplies): string {
  switch (replies.by) {
    case "all":
      return "a reply that was cached before";
    case "model":
      return `cached replies of ${replies.value}`;
    case "tag":
      return `cached replies with the tag ${replies.value}`;
    case "key":
      return `the cached reply ${replies.value}`;
  }
}
