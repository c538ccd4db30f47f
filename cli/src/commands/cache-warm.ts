import { Command } from "commander";
import { CommandError } from "../command-error.ts";
import { findGateway, type GatewayAddress } from "../find-mesh.ts";
import { readInputFile } from "../input-file.ts";
import type { Terminal } from "../terminal.ts";
import { readWarmRequests, type WarmRequest } from "../warm-file.ts";

/** Requests under way at the same time. */
const atOnce = 4;
const answerTimeoutMs = 600_000;

interface WarmOptions {
  refresh?: boolean;
}

/** `sluice cache warm`: sends requests, so that their replies are there for who asks the same. */
export function warmCommand(terminal: Terminal): Command {
  return new Command("warm")
    .description("send the requests of a file, so that their replies are cached")
    .argument(
      "<file>",
      'a request in each line: a body with messages or input, or {"path": …, "headers": …, "body": …}; - for input',
    )
    .option("--refresh", "have new replies in place of those that are cached")
    .addHelpText(
      "after",
      "\nSent with the key in SLUICE_KEY to SLUICE_GATEWAY_URL, else with the demo key to the mesh that runs here. Who shares\nthe replies is what the caching says: those of the key's team, say.",
    )
    .action((file: string, options: WarmOptions) => warm(terminal, file, options));
}

/** What became of a request. */
type Result = "cached" | "was_cached" | "not_cached" | "failed";

async function warm(terminal: Terminal, file: string, { refresh }: WarmOptions): Promise<void> {
  const requests = readWarmRequests(await readInputFile(terminal, file, "The requests"));
  if (requests.length === 0) throw new CommandError(`There is no request in ${file}.`);
  const gateway = await findGateway(terminal);
  const counts: Record<Result, number> = { cached: 0, was_cached: 0, not_cached: 0, failed: 0 };
  const waiting = [...requests];
  const work = async (): Promise<void> => {
    for (let request = waiting.shift(); request !== undefined; request = waiting.shift()) {
      const { result, note } = await send(gateway, request, refresh === true);
      counts[result]++;
      if (note !== undefined) terminal.error(`Line ${request.line}: ${note}\n`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, requests.length) }, work));
  const { cached, was_cached: before, not_cached: not, failed } = counts;
  terminal.out(`${cached} cached, ${before} were cached before, ${not} not cached, ${failed} failed.\n`);
  if (not + failed > 0) throw new CommandError("Not all replies are cached.");
}

async function send(
  { url, apiKey }: GatewayAddress,
  { path, headers, body }: WarmRequest,
  refresh: boolean,
): Promise<{ result: Result; note?: string }> {
  let response: Response;
  try {
    response = await fetch(new URL(path, url), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${apiKey}`,
        ...headers,
        ...(refresh ? { "cache-control": "no-cache" } : {}),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
    // A stream is cached when it is over.
    await response.arrayBuffer();
  } catch (cause) {
    throw new CommandError(`The gateway does not answer at ${url}.`, { cause });
  }
  if (!response.ok) {
    const id = response.headers.get("x-request-id") ?? "none";
    return { result: "failed", note: `answered ${response.status}; request ${id}` };
  }
  switch (response.headers.get("x-sluice-cache")) {
    case "hit":
      return { result: "was_cached" };
    case "miss":
    case "refresh":
      return { result: "cached" };
    case "bypass":
      return { result: "not_cached", note: "the caching of its model or route leaves such requests out" };
    default:
      return { result: "not_cached", note: "its model or route has no caching" };
  }
}
