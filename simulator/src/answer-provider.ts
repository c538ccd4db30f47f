import { answerChat } from "./answer-chat.ts";
import { answerEmbeddings } from "./answer-embeddings.ts";
import type { BillRow } from "./control/bill.ts";
import type { Exchange } from "./delivery/exchange.ts";
import { checkKey } from "./http/check-key.ts";
import { modelsBody } from "./http/models.ts";
import { providerHeaders } from "./http/provider-headers.ts";
import { findTarget, type ProviderTarget } from "./http/provider-paths.ts";
import { readBody } from "./http/read-body.ts";
import { sendError, sendJson } from "./http/send-error.ts";
import { ProviderError } from "./provider-error.ts";
import type { SimulatorState } from "./simulator-state.ts";
import { uniqueId } from "./unique-id.ts";

/** Answers a request to a provider's path, and never throws for what the caller did. */
export async function answerProvider(
  state: SimulatorState,
  exchange: Exchange,
  path: string,
  query: string,
): Promise<void> {
  const { request } = exchange;
  const target = findTarget(request, path, query);
  const requestId = uniqueId("req_");
  const startedAtMs = performance.now();
  const body = await readBody(request);
  state.requests.add({
    atMs: Date.now(),
    method: request.method ?? "",
    url: request.url ?? "",
    rawHeaders: request.rawHeaders,
    body: body ?? Buffer.alloc(0),
  });
  try {
    checkKey(target.provider, request, query);
    if (body === undefined) throw new ProviderError(413, "Request exceeds the maximum size");
    if (target.operation === "unknown") {
      throw new ProviderError(404, `Invalid URL (${request.method ?? ""} ${path})`);
    }
    if (target.operation === "models") {
      const headers = providerHeaders(target.provider, requestId, startedAtMs);
      await sendJson(exchange, 200, modelsBody(target.provider, target.model), headers);
    } else await answerBilled(state, exchange, target, path, body, requestId);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const headers = providerHeaders(target.provider, requestId, startedAtMs);
    await sendError(exchange, target.provider, error, requestId, headers);
  }
}

/** Answers a call that costs something, counts it and writes its row of the bill, whatever becomes of it. */
async function answerBilled(
  state: SimulatorState,
  exchange: Exchange,
  target: ProviderTarget & { operation: "chat" | "embeddings" },
  path: string,
  body: Buffer,
  requestId: string,
): Promise<void> {
  const row = emptyRow(target, requestId);
  const clientRequestId = exchange.request.headers["x-client-request-id"];
  if (typeof clientRequestId === "string") row.clientRequestId = clientRequestId;
  state.counts.calls += 1;
  state.counts.openCalls += 1;
  state.counts.peakOpenCalls = Math.max(state.counts.peakOpenCalls, state.counts.openCalls);
  try {
    const json = parseJson(target, body);
    requireVersion(target, exchange);
    if (target.operation === "chat") await answerChat(state, exchange, target, path, json, row);
    else await answerEmbeddings(state, exchange, target, path, json, row);
  } finally {
    if (exchange.aborted) row.status = "aborted";
    row.atMs = Date.now();
    state.bill.add(row);
    state.counts.openCalls -= 1;
    state.counts[`${row.status}Calls`] += 1;
  }
}

function emptyRow(target: ProviderTarget & { operation: "chat" | "embeddings" }, requestId: string): BillRow {
  return {
    provider: target.provider,
    providerRequestId: requestId,
    model: target.model ?? "",
    operation: target.operation,
    stream: false,
    inputTokens: 0,
    outputTokens: 0,
    cachedInputTokens: 0,
    cacheWriteInputTokens: 0,
    reasoningTokens: 0,
    status: "failed",
    atMs: 0,
  };
}

function parseJson(target: ProviderTarget, body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    switch (target.provider) {
      case "openai":
        throw new ProviderError(
          400,
          "We could not parse the JSON body of your request. The API expects a JSON payload, but what was sent was not valid JSON.",
        );
      case "anthropic":
        throw new ProviderError(400, "The request body is not valid JSON.");
      case "gemini":
        throw new ProviderError(400, "Invalid JSON payload received. Unexpected token.");
    }
  }
}

function requireVersion(target: ProviderTarget, exchange: Exchange): void {
  if (target.provider !== "anthropic" || exchange.request.headers["anthropic-version"] !== undefined) return;
  throw new ProviderError(400, "anthropic-version: header is required");
}
