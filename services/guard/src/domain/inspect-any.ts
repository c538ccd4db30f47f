import { parseJsonTree } from "@sluice/dialects/json-tree";
import { anyTexts } from "@sluice/dialects/text-fields";
import type { DecisionTally } from "./decision-tally.ts";
import { applyEdits } from "./json-splice.ts";
import type { ScanPlan } from "./scan-plan.ts";
import { TextInspection } from "./text-inspection.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The body of a request, or of a reply that came as a whole, in none of the dialects. */
export interface AnyBody {
  body: Uint8Array;
  /** Whether the content type says that the body is JSON; else it is a plain text. */
  isJson: boolean;
}

/**
 * Inspects a body in none of the dialects: every text of JSON, at any depth, or all of a text. Nothing of it
 * is known to be a system prompt, so all of it is judged. Whether it is that of a request or of a reply says the plan.
 * @returns the body with what is to be masked replaced; the very same bytes when nothing is
 * @throws TypeError or SyntaxError when the body is not UTF-8, or not the JSON that it should be
 */
export async function inspectAny(
  { body, isJson }: AnyBody,
  plan: ScanPlan,
  tally: DecisionTally,
  checkpoint: () => void,
): Promise<Uint8Array> {
  const source = utf8.decode(body);
  const inspection = new TextInspection(plan, tally, checkpoint);
  if (isJson) {
    const masked = await inspection.mask(source, anyTexts(source, parseJsonTree(source)));
    return masked === undefined ? body : encoder.encode(masked);
  }
  const edits = await inspection.editsOf(source);
  return edits.length === 0 ? body : encoder.encode(applyEdits(source, edits));
}
