import { setImmediate } from "node:timers/promises";
import type { ReplyTexts, TextField } from "@sluice/dialects/text-fields";
import type { DecisionTally } from "./decision-tally.ts";
import { spliceJson, type ValueChange } from "./json-splice.ts";
import { MaskedText, type TextEdit } from "./masked-text.ts";
import type { ScanPlan } from "./scan-plan.ts";
import { TextJudgements } from "./text-judgements.ts";

/** Characters that are scanned before other work of the process gets its turn. */
const sliceLength = 64 * 1024;
/** A character that is judged takes about as long as so many that are scanned. */
const judgedCost = 16;
const judgedSliceLength = sliceLength / judgedCost;

/** Scans texts that are there as a whole, a slice at a time, so that a large body does not stop the process. */
export class TextInspection {
  readonly #plan: ScanPlan;
  readonly #tally: DecisionTally;
  readonly #checkpoint: () => void;
  #sinceTurn = 0;

  /** @param checkpoint called between slices; throws to give the scan up */
  constructor(plan: ScanPlan, tally: DecisionTally, checkpoint: () => void) {
    this.#plan = plan;
    this.#tally = tally;
    this.#checkpoint = checkpoint;
  }

  /** @returns the JSON with what is to be masked replaced, or undefined when nothing is */
  async mask(
    source: string,
    fields: readonly TextField[],
    retellings: ReplyTexts["retellings"] = [],
  ): Promise<string | undefined> {
    const changes: ValueChange[] = [];
    for (const pieces of byChannel(fields)) {
      changes.push(...(await this.#inspect(pieces)));
      for (const field of pieces) await this.#judge(field);
    }
    if (changes.length === 0) return undefined;
    return spliceJson(source, [
      ...changes,
      ...retellings.map((node) => ({ node, form: "dropped" as const })),
    ]);
  }

  /** The changes to a text that is no JSON. */
  async editsOf(text: string): Promise<TextEdit[]> {
    const masked = new MaskedText(this.#plan, "text", (finding) => this.#tally.count(finding));
    await this.#write(masked, text, true);
    await this.#judge({ text, form: "text", isInstruction: false });
    return masked.takeEdits(0, text.length);
  }

  /** Asks the rules that judge whole texts. A request has no channels: each of its texts is one by itself. */
  async #judge({
    text,
    form,
    isInstruction,
  }: Pick<TextField, "text" | "form" | "isInstruction">): Promise<void> {
    if (this.#plan.judgements.length === 0 || isInstruction === true || form === "number") return;
    const judgements = new TextJudgements(this.#plan.judgements, form, this.#tally);
    for (let start = 0; start < text.length; start += judgedSliceLength) {
      judgements.write(text.slice(start, start + judgedSliceLength));
      await this.#passed(Math.min(text.length - start, judgedSliceLength) * judgedCost);
    }
    judgements.finish();
  }

  async #inspect(pieces: readonly TextField[]): Promise<ValueChange[]> {
    const [first] = pieces;
    const form = first?.form === "json" ? "json" : "text";
    const masked = new MaskedText(this.#plan, form, (finding) => this.#tally.count(finding));
    for (const [index, { text }] of pieces.entries())
      await this.#write(masked, text, index === pieces.length - 1);
    const changes: ValueChange[] = [];
    let start = 0;
    for (const field of pieces) {
      const edits = masked.takeEdits(start, start + field.text.length);
      if (edits.length > 0) changes.push({ node: field.node, form: field.form, edits });
      start += field.text.length;
    }
    return changes;
  }

  async #write(masked: MaskedText, text: string, final: boolean): Promise<void> {
    for (let start = 0; start === 0 || start < text.length; start += sliceLength) {
      const end = start + sliceLength;
      masked.write(text.slice(start, end), final && end >= text.length);
      await this.#passed(Math.min(text.length - start, sliceLength));
    }
  }

  /** So many characters have been scanned, or it took as long as for so many. */
  async #passed(characters: number): Promise<void> {
    this.#sinceTurn += characters;
    if (this.#sinceTurn < sliceLength) return;
    this.#sinceTurn = 0;
    await setImmediate();
    this.#checkpoint();
  }
}

/** The pieces of one text together; a text by itself alone. */
function byChannel(fields: readonly TextField[]): TextField[][] {
  const channels = new Map<string, TextField[]>();
  const texts: TextField[][] = [];
  for (const field of fields) {
    const pieces = field.channel === undefined ? undefined : channels.get(field.channel);
    if (pieces !== undefined) pieces.push(field);
    else {
      const begun = [field];
      texts.push(begun);
      if (field.channel !== undefined) channels.set(field.channel, begun);
    }
  }
  return texts;
}
