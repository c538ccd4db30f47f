import { beginReply, failAsAsked } from "./begin-call.ts";
import { chooseBehaviour } from "./choose-behaviour.ts";
import type { BillRow } from "./control/bill.ts";
import { deliverBody } from "./delivery/deliver-body.ts";
import type { Exchange } from "./delivery/exchange.ts";
import type { EmbeddingsCall } from "./embeddings/embeddings-call.ts";
import { readGeminiEmbedding, readGeminiEmbeddingBatch } from "./embeddings/gemini-embeddings.ts";
import { readOpenAiEmbeddings } from "./embeddings/openai-embeddings.ts";
import { refuseUnknownModel } from "./http/models.ts";
import { providerHeaders } from "./http/provider-headers.ts";
import type { ProviderTarget } from "./http/provider-paths.ts";
import type { SimulatorState } from "./simulator-state.ts";

/**
 * Answers an embeddings call and fills in its row of the bill.
 * @throws ProviderError when the call is to be refused; the row then charges nothing
 */
export async function answerEmbeddings(
  state: SimulatorState,
  exchange: Exchange,
  target: ProviderTarget & { operation: "embeddings" },
  path: string,
  body: unknown,
  row: BillRow,
): Promise<void> {
  const startedAtMs = performance.now();
  const call = readCall(target, body);
  row.model = call.model;
  refuseUnknownModel(target.provider, call.model);
  const fault = state.faults.apply(target.provider, call.model, path);
  const { behaviour } = chooseBehaviour(call.text, fault);
  await failAsAsked(exchange, behaviour);
  if (behaviour.cutAfter !== 0) row.inputTokens = call.inputTokens;
  if (!(await beginReply(exchange, behaviour, true))) return;
  const reply = Buffer.from(
    JSON.stringify(call.replyBody(behaviour.usage === undefined ? call.inputTokens : undefined)),
  );
  const headers = providerHeaders(target.provider, row.providerRequestId, startedAtMs);
  const isWhole = await deliverBody(exchange, reply, headers, behaviour);
  if (isWhole && !behaviour.halfJson) row.status = "completed";
}

function readCall(target: ProviderTarget & { operation: "embeddings" }, body: unknown): EmbeddingsCall {
  if (target.provider === "openai") return readOpenAiEmbeddings(body);
  const model = target.model ?? "";
  return target.batch ? readGeminiEmbeddingBatch(body, model) : readGeminiEmbedding(body, model);
}
