import type { Envelope } from "@sluice/contracts/envelope";
import { type BodyForm, textualForm } from "./body-form.ts";
import type { DecisionTally } from "./decision-tally.ts";
import { inspectAny } from "./inspect-any.ts";
import { inspectPrompt } from "./inspect-prompt.ts";
import type { ScanPlan } from "./scan-plan.ts";

/**
 * Inspects the body of a request, in whatever form its route takes it.
 * @returns the body with what is to be masked replaced; the very same bytes when nothing is
 * @throws TypeError or SyntaxError when it is not what it should be, Error when it can't be looked into
 */
export async function inspectRequest(
  envelope: Envelope,
  form: BodyForm,
  body: Uint8Array,
  plan: ScanPlan,
  tally: DecisionTally,
  checkpoint: () => void,
): Promise<Uint8Array> {
  if (body.length === 0) return body;
  if (form !== "any") return await inspectPrompt(body, plan, tally, checkpoint);
  const { "content-type": type, "content-encoding": encoding = "identity" } =
    envelope.forwarded?.headers ?? {};
  const textual = encoding === "identity" ? textualForm(type) : "opaque";
  if (textual === "opaque")
    throw new Error("the request is in a format or encoding that cannot be inspected");
  // Whoever gets it may read JSON in it, whatever the client calls it.
  const isJson = textual === "json" || isJsonText(body);
  return await inspectAny({ body, isJson }, plan, tally, checkpoint);
}

function isJsonText(body: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8"));
    return true;
  } catch {
    return false;
  }
}
