import { parseJsonTree } from "@sluice/dialects/json-tree";
import { anyTexts } from "@sluice/dialects/text-fields";
import { xmlTexts } from "@sluice/xml/xml-texts";
import type { TextualForm } from "./body-form.ts";
import type { DecisionTally } from "./decision-tally.ts";
import { applyEdits } from "./json-splice.ts";
import type { TextEdit } from "./masked-text.ts";
import type { ScanPlan } from "./scan-plan.ts";
import { TextInspection } from "./text-inspection.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The body of a request, or of a reply that came as a whole, in none of the dialects. */
export interface AnyBody {
  body: Uint8Array;
  form: TextualForm;
}

/**
 * Inspects a body in none of the dialects: every text of JSON or XML, at any depth, or all of a text. Nothing of it
 * is known to be a system prompt, so all of it is judged. Whether it is that of a request or of a reply says the plan.
 * @returns the body with what is to be masked replaced; the very same bytes when nothing is
 * @throws TypeError, SyntaxError or XmlError when the body is not UTF-8, or not the JSON or XML that it should be
 */
export async function inspectAny(
  { body, form }: AnyBody,
  plan: ScanPlan,
  tally: DecisionTally,
  checkpoint: () => void,
): Promise<Uint8Array> {
  const source = utf8.decode(body);
  const inspection = new TextInspection(plan, tally, checkpoint);
  if (form === "json") {
    const masked = await inspection.mask(source, anyTexts(source, parseJsonTree(source)));
    return masked === undefined ? body : encoder.encode(masked);
  }
  const edits = form === "xml" ? await xmlEdits(source, inspection) : await inspection.editsOf(source);
  return edits.length === 0 ? body : encoder.encode(applyEdits(source, edits));
}

/** The changes to a document, by its texts as whoever parses it reads them. */
async function xmlEdits(source: string, inspection: TextInspection): Promise<TextEdit[]> {
  const edits: TextEdit[] = [];
  for (const value of xmlTexts(source)) {
    edits.push(...value.changesOf(await inspection.editsOf(value.text)));
  }
  return edits.toSorted((one, other) => one.start - other.start);
}
