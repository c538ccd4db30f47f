import type { DialectName } from "@sluice/contracts/dialect-name";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { StreamFraming } from "@sluice/dialects/dialect";
import { parseJsonTree } from "@sluice/dialects/json-tree";
import { type ReplyTexts, replyTexts, type TextField } from "@sluice/dialects/text-fields";
import { replyBlocked } from "./blocked.ts";
import type { DecisionTally } from "./decision-tally.ts";
import { applyEdits, spliceJson, type ValueChange } from "./json-splice.ts";
import { MaskedText } from "./masked-text.ts";
import type { ScanPlan } from "./scan-plan.ts";
import { createStreamSplitter, type StreamUnit } from "./stream-unit.ts";

/** A value of a held unit, and where in its text it stands. */
interface HeldPiece {
  text: MaskedText;
  start: number;
  end: number;
  /** Undefined where the unit's data is no JSON and is one text by itself. */
  field: TextField | undefined;
}

/** A unit that waits until all of its text is decided. */
interface HeldUnit {
  unit: StreamUnit;
  pieces: HeldPiece[];
  retellings: ReplyTexts["retellings"];
}

export interface StreamInspectorOptions {
  plan: ScanPlan;
  dialect: DialectName;
  framing: StreamFraming;
  tally: DecisionTally;
  /** Bytes of units that may wait. @default 4 MiB */
  maxHeldBytes?: number;
}

const finishMarker = "[DONE]";

/**
 * Inspects a streamed reply in the dialect of the client. Its units wait, in their order, until nothing that
 * is yet to come can be part of a value with their text; then they leave with the very bytes they came with,
 * or, where a value touches them, with just the strings concerned rewritten.
 */
export class StreamInspector {
  readonly #plan: ScanPlan;
  readonly #dialect: DialectName;
  readonly #tally: DecisionTally;
  readonly #splitter: ReturnType<typeof createStreamSplitter>;
  readonly #maxHeldBytes: number;
  readonly #channels = new Map<string, MaskedText>();
  readonly #held: HeldUnit[] = [];
  #heldBytes = 0;
  #passedBytes = 0;

  constructor(options: StreamInspectorOptions) {
    this.#plan = options.plan;
    this.#dialect = options.dialect;
    this.#tally = options.tally;
    this.#splitter = createStreamSplitter(options.framing);
    this.#maxHeldBytes = options.maxHeldBytes ?? 4 * 1024 * 1024;
  }

  /** How many of the bytes that were taken have been returned, rewritten or not. */
  get passedBytes(): number {
    return this.#passedBytes;
  }

  /**
   * Takes the next bytes, cut anywhere.
   * @returns what may be passed on now
   * @throws SluiceError `reply_blocked` when a rule that blocks found something; nothing of it was returned
   * @throws SluiceError `guard_unavailable` when more waits than may
   */
  push(bytes: Uint8Array): Uint8Array[] {
    for (const unit of this.#splitter.push(bytes)) this.#take(unit);
    return this.#release();
  }

  /** The reply is over: what waits is decided. @throws SluiceError `reply_blocked` */
  finish(): Uint8Array[] {
    for (const unit of this.#splitter.finish()) this.#take(unit);
    this.#close("");
    return this.#release();
  }

  #take(unit: StreamUnit): void {
    const held: HeldUnit = { unit, pieces: [], retellings: [] };
    this.#held.push(held);
    this.#heldBytes += unit.raw.length;
    const { data } = unit;
    if (data !== undefined && data !== finishMarker) this.#read(data, held);
    this.#stopIfBlocked();
  }

  #stopIfBlocked(): void {
    if (this.#tally.blocked) throw replyBlocked(this.#tally);
  }

  #read(data: string, held: HeldUnit): void {
    const texts = this.#textsOf(data);
    if (texts === undefined) {
      held.pieces.push(this.#write(this.#begin("text"), data, true, undefined));
      return;
    }
    for (const field of texts.fields) {
      const { channel, text } = field;
      const form = field.form === "json" ? "json" : "text";
      if (channel === undefined) held.pieces.push(this.#write(this.#begin(form), text, true, field));
      else held.pieces.push(this.#write(this.#channel(channel, form), text, false, field));
    }
    held.retellings = texts.retellings;
    for (const name of texts.closes) this.#close(name);
  }

  /** Undefined when the data is not JSON: then it is looked at as it is. */
  #textsOf(data: string): ReplyTexts | undefined {
    try {
      return replyTexts(this.#dialect, data, parseJsonTree(data));
    } catch (thrown) {
      if (thrown instanceof SyntaxError) return undefined;
      throw thrown;
    }
  }

  #begin(form: "text" | "json"): MaskedText {
    return new MaskedText(this.#plan, form, (finding) => this.#tally.count(finding));
  }

  #channel(name: string, form: "text" | "json"): MaskedText {
    const open = this.#channels.get(name);
    if (open !== undefined) return open;
    const begun = this.#begin(form);
    this.#channels.set(name, begun);
    return begun;
  }

  #write(text: MaskedText, piece: string, final: boolean, field: TextField | undefined): HeldPiece {
    const start = text.length;
    text.write(piece, final);
    return { text, start, end: text.length, field };
  }

  /** Ends the channels whose names begin so. */
  #close(beginning: string): void {
    for (const [name, text] of this.#channels) {
      if (!name.startsWith(beginning)) continue;
      text.write("", true);
      this.#channels.delete(name);
    }
    this.#stopIfBlocked();
  }

  #release(): Uint8Array[] {
    const released: Uint8Array[] = [];
    let count = 0;
    for (const held of this.#held) {
      if (!held.pieces.every(({ text, end }) => text.clear >= end)) break;
      released.push(this.#written(held));
      this.#heldBytes -= held.unit.raw.length;
      this.#passedBytes += held.unit.raw.length;
      count++;
    }
    if (count > 0) {
      this.#held.splice(0, count);
      for (const text of this.#channels.values()) text.forgetClear();
    }
    if (this.#heldBytes > this.#maxHeldBytes) {
      throw new SluiceError(
        "guard_unavailable",
        "The reply could not be inspected: too much of it had to be held back.",
      );
    }
    return released;
  }

  #written({ unit, pieces, retellings }: HeldUnit): Uint8Array {
    const changes: ValueChange[] = [];
    for (const { text, start, end, field } of pieces) {
      const edits = text.takeEdits(start, end);
      if (edits.length === 0) continue;
      if (field === undefined) return unit.withData(applyEdits(unit.data ?? "", edits));
      changes.push({ node: field.node, form: field.form, edits });
    }
    if (changes.length === 0) return unit.raw;
    const dropped = retellings.map((node) => ({ node, form: "dropped" as const }));
    return unit.withData(spliceJson(unit.data ?? "", [...changes, ...dropped]));
  }
}
