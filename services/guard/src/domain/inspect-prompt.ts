import { parseJsonTree } from "@sluice/dialects/json-tree";
import { requestTexts } from "@sluice/dialects/text-fields";
import type { DecisionTally } from "./decision-tally.ts";
import type { ScanPlan } from "./scan-plan.ts";
import { TextInspection } from "./text-inspection.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * Inspects the body of a request.
 * @returns the body with what is to be masked replaced; the very same bytes when nothing is
 * @throws TypeError or SyntaxError when the body is not UTF-8 or not JSON
 */
export async function inspectPrompt(
  body: Uint8Array,
  plan: ScanPlan,
  tally: DecisionTally,
  checkpoint: () => void,
): Promise<Uint8Array> {
  const source = utf8.decode(body);
  const fields = requestTexts(source, parseJsonTree(source));
  const masked = await new TextInspection(plan, tally, checkpoint).mask(source, fields);
  return masked === undefined ? body : encoder.encode(masked);
}
