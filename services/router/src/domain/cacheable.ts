import type { Operation } from "@sluice/contracts/dialect-name";
import { isObject } from "@sluice/dialects/is-object";
import type { CompiledCaching } from "@sluice/resources/compiled-caching";

/** What providers take, where a request names no temperature. */
const usualTemperature = 1;
/** Fields that name tools, in one dialect or another. */
const toolFields = ["tools", "functions", "tool_choice", "toolConfig", "mcp_servers", "web_search_options"];

/**
 * Whether the reply to a request may be given again: not where tools that it names may have effects, nor where it is
 * meant to differ each time.
 * @param request the client's body, read
 */
export function isCacheable(
  { allowTools, maxTemperature }: Pick<CompiledCaching, "allowTools" | "maxTemperature">,
  operation: Operation,
  request: object,
): boolean {
  // Nothing else has tools or a temperature.
  if (operation !== "chat") return true;
  if (!allowTools && toolFields.some((field) => field in request)) return false;
  return maxTemperature === undefined || temperatureOf(request) <= maxTemperature;
}

function temperatureOf(request: object): number {
  const { generationConfig } = request as { generationConfig?: unknown };
  const place = isObject(generationConfig) ? { ...request, ...generationConfig } : request;
  const { temperature } = place as { temperature?: unknown };
  return typeof temperature === "number" ? temperature : usualTemperature;
}
