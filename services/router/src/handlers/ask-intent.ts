import { SluiceError } from "@sluice/contracts/sluice-error";
import { intentStepName, type ModelChooser, unknownIntent } from "@sluice/resources/choosing/model-choice";
import { findTarget } from "@sluice/resources/find-target";
import { readIntent, writeIntentQuestion } from "../domain/intent-question.ts";
import { callStep } from "./call-step.ts";
import type { RouteStep } from "./route-step.ts";

/** Largest reply that is read: it is to be one word. */
const maxReplyBytes = 256 * 1024;

/**
 * Asks what a prompt is about: a request of its own, as a step of a workflow is, with an entry of its own in the ledger.
 * @param model that chooses by it
 * @param text of the prompt
 * @returns one of the intents, or `unknown`: where the answer is none of them, and where there is none and that is let pass
 * @throws SluiceError `service_unavailable` where there is no answer and the request is to be refused then; the reason
 *   of the request's signal when that is aborted
 */
export async function askIntent(
  step: RouteStep,
  model: string,
  intents: NonNullable<ModelChooser["intents"]>,
  text: string,
): Promise<string> {
  const { parts, envelope, delivery } = step;
  try {
    const intent = readIntent(intents, await answerOf(step, model, intents, text));
    if (intent !== undefined) return intent;
    tell(step, model, "the answer is none of the intents");
    return unknownIntent;
  } catch (thrown) {
    if (delivery.signal.aborted) throw SluiceError.from(delivery.signal.reason);
    const isLate = thrown instanceof DOMException && thrown.name === "TimeoutError";
    const reason = isLate ? "timeout" : SluiceError.from(thrown).code;
    if (reason === "internal")
      parts.logger.error({ err: thrown, requestId: envelope.requestId }, "an intent");
    if (intents.failure === "open") {
      tell(step, model, reason);
      return unknownIntent;
    }
    throw new SluiceError(
      "service_unavailable",
      "What the request is about could not be found out in time.",
      {
        cause: thrown,
        retryAfterMs: 1000,
      },
    );
  }
}

async function answerOf(
  step: RouteStep,
  model: string,
  intents: NonNullable<ModelChooser["intents"]>,
  text: string,
): Promise<Uint8Array> {
  const { parts, envelope, snapshot, span, reservation, delivery } = step;
  const target = findTarget(snapshot, { model: intents.model, regions: envelope.regions });
  if (target?.type !== "model") throw new Error(`there is no model ${intents.model} to ask for an intent`);
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  await callStep(
    {
      parts,
      parent: envelope,
      snapshot,
      span,
      reservation,
      workflow: model,
      step: intentStepName,
      choice: 0,
      asksIntent: true,
      model: intents.model,
      target,
      request: writeIntentQuestion(intents, text),
      stream: false,
      remainingMs: Math.min(delivery.remainingMs(), intents.timeoutMs),
      signal: AbortSignal.any([delivery.signal, AbortSignal.timeout(intents.timeoutMs)]),
    },
    {
      head: () => undefined,
      data: (piece) => {
        bytes += piece.length;
        if (bytes <= maxReplyBytes) pieces.push(piece);
        return Promise.resolve();
      },
    },
  );
  return Buffer.concat(pieces);
}

function tell({ parts, envelope }: RouteStep, model: string, reason: string): void {
  const text = "what a request is about could not be found out, and its model is chosen without";
  parts.logger.warn({ requestId: envelope.requestId, model, reason }, text);
}
