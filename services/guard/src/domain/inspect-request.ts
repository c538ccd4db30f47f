import type { Envelope } from "@sluice/contracts/envelope";
import { xmlTexts } from "@sluice/xml/xml-texts";
import { type BodyForm, type TextualForm, textualForm } from "./body-form.ts";
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
  const readAs = textual === "text" ? likelyForm(body) : textual;
  return await inspectAny({ body, form: readAs }, plan, tally, checkpoint);
}

/** Whoever gets a text may read JSON or XML in it, whatever the client calls it. */
function likelyForm(body: Uint8Array): TextualForm {
  if (isJsonText(body)) return "json";
  return isXmlText(body) ? "xml" : "text";
}

function isXmlText(body: Uint8Array): boolean {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
  if (!/^\uFEFF?[ \t\r\n]*</.test(text)) return false;
  try {
    xmlTexts(text);
    return true;
  } catch {
    return false;
  }
}

function isJsonText(body: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8"));
    return true;
  } catch {
    return false;
  }
}
