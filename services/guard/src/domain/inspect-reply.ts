import type { DialectName } from "@sluice/contracts/dialect-name";
import { parseJsonTree } from "@sluice/dialects/json-tree";
import { replyTexts } from "@sluice/dialects/text-fields";
import type { DecisionTally } from "./decision-tally.ts";
import { applyEdits } from "./json-splice.ts";
import type { ScanPlan } from "./scan-plan.ts";
import { TextInspection } from "./text-inspection.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** A reply that came as a whole. */
export interface WholeReply {
  dialect: DialectName;
  body: Uint8Array;
  /** Whether the body is JSON; else it is a plain text. */
  isJson: boolean;
}

/**
 * Inspects a reply that is there as a whole.
 * @returns the body with what is to be masked replaced; the very same bytes when nothing is
 * @throws TypeError or SyntaxError when the body is not UTF-8, or not the JSON that it should be
 */
export async function inspectReply(
  { dialect, body, isJson }: WholeReply,
  plan: ScanPlan,
  tally: DecisionTally,
  checkpoint: () => void,
): Promise<Uint8Array> {
  const source = utf8.decode(body);
  const inspection = new TextInspection(plan, tally, checkpoint);
  if (!isJson) {
    const edits = await inspection.editsOf(source);
    return edits.length === 0 ? body : encoder.encode(applyEdits(source, edits));
  }
  const { fields, retellings } = replyTexts(dialect, source, parseJsonTree(source));
  const masked = await inspection.mask(source, fields, retellings);
  return masked === undefined ? body : encoder.encode(masked);
}
