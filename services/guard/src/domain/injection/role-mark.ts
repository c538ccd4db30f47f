import { gap, type ReadWord } from "./word-reader.ts";

/** Words that name a role, or a part of a prompt, in the marks that prompts are made of. */
const roles = new Map<string, "role" | "template">();
for (const word of "system assistant user human developer instruction instructions admin sistema système система".split(
  " ",
))
  roles.set(word, "role");
for (const word of "inst sys im endoftext start eot".split(" ")) roles.set(word, "template");

const templateOpeners = new Set(Array.from("<[|/", (sign) => sign.charCodeAt(0)));
const openers = new Set(Array.from("<[|#{", (sign) => sign.charCodeAt(0)));
const closers = new Set(Array.from(">]|}/*:=_", (sign) => sign.charCodeAt(0)));
const hash = 0x23;
const colon = 0x3a;
const longest = 15;

/**
 * Whether a word pretends to be part of the form of a prompt.
 * @returns `template` for such as `<|im_start|>` and `[INST]`, `mark` for `<system>` and `### System`, `line` for a
 * clause that begins with `System:`
 */
export function roleOf(word: ReadWord): "template" | "mark" | "line" | undefined {
  const { characters, length, signBefore, signAfter, beginsLine } = word;
  if (length < 2 || length > longest || (signBefore === 0 && signAfter === 0)) return undefined;
  const role = roles.get(String.fromCharCode(...characters.subarray(0, length)));
  if (role === "template") return templateOpeners.has(signBefore) && signAfter !== 0 ? "template" : undefined;
  if (role === undefined) return undefined;
  if (openers.has(signBefore) && (closers.has(signAfter) || (signBefore === hash && signAfter === 0)))
    return "mark";
  return signAfter === colon && (beginsLine || word.gap > gap.none) ? "line" : undefined;
}
