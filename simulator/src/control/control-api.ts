import { z } from "zod";
import type { Exchange } from "../delivery/exchange.ts";
import { readBody } from "../http/read-body.ts";
import { sendJson } from "../http/send-error.ts";
import { providerNameSchema } from "../provider-name.ts";
import type { SimulatorState } from "../simulator-state.ts";
import { freshCounts } from "./call-counts.ts";
import { faultRuleSchema } from "./fault-rules.ts";

const billQuerySchema = z.object({
  since: z.coerce.number().nonnegative().optional(),
  provider: providerNameSchema.optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(1_000),
  cursor: z.coerce.number().int().nonnegative().optional(),
});
const requestsQuerySchema = z.object({ limit: z.coerce.number().int().min(1).default(100) });
const rulesSchema = z.union([faultRuleSchema.transform((rule) => [rule]), z.array(faultRuleSchema)]);

/**
 * Answers `/bill` and `/control/*`.
 * @returns false when the path is none of them
 */
export async function answerControl(
  state: SimulatorState,
  exchange: Exchange,
  path: string,
  query: string,
): Promise<boolean> {
  if (path !== "/bill" && !path.startsWith("/control/")) return false;
  try {
    await answer(state, exchange, `${exchange.request.method ?? ""} ${path}`, query);
  } catch (error) {
    if (!(error instanceof z.ZodError || error instanceof SyntaxError)) throw error;
    const message = error instanceof z.ZodError ? z.prettifyError(error) : error.message;
    await sendJson(exchange, 400, { error: message });
  }
  return true;
}

async function answer(
  state: SimulatorState,
  exchange: Exchange,
  operation: string,
  query: string,
): Promise<void> {
  const parameters = Object.fromEntries(new URLSearchParams(query));
  switch (operation) {
    case "GET /bill": {
      const { since, ...rest } = billQuerySchema.parse(parameters);
      return sendJson(exchange, 200, state.bill.page({ ...rest, sinceMs: since }));
    }
    case "DELETE /bill":
      state.bill.clear();
      return sendJson(exchange, 200, {});
    case "POST /control/faults": {
      const body = await readBody(exchange.request);
      for (const rule of rulesSchema.parse(JSON.parse(body?.toString("utf8") ?? ""))) state.faults.add(rule);
      return sendJson(exchange, 200, { faults: state.faults.list() });
    }
    case "GET /control/faults":
      return sendJson(exchange, 200, { faults: state.faults.list() });
    case "DELETE /control/faults":
      state.faults.clear();
      return sendJson(exchange, 200, {});
    case "GET /control/requests":
      return sendJson(exchange, 200, {
        requests: state.requests.list(requestsQuerySchema.parse(parameters).limit),
      });
    case "DELETE /control/requests":
      state.requests.clear();
      return sendJson(exchange, 200, {});
    case "GET /control/state":
      return sendJson(exchange, 200, state.counts);
    case "DELETE /control/state":
      state.counts = freshCounts(state.counts.openCalls);
      return sendJson(exchange, 200, {});
    default:
      return sendJson(exchange, 404, { error: `There is no ${operation}.` });
  }
}
