const opening = "[[sim";

export interface DirectedText {
  /** The text without its directives. */
  text: string;
  /** Values by their kebab-case key; a key without a value is "true". */
  values: Record<string, string>;
}

/**
 * Takes `[[sim key=value key="quoted value" flag]]` out of a prompt. Quoted values know the escapes of
 * JSON strings. What is not closed is left as text. Later directives win over earlier ones.
 * @returns undefined when the text has no directive
 */
export function takeDirectives(text: string): DirectedText | undefined {
  if (!text.includes(opening)) return undefined;
  const values: Record<string, string> = {};
  let rest = "";
  let position = 0;
  let found = false;
  for (;;) {
    const start = text.indexOf(opening, position);
    if (start === -1) break;
    const end = readDirective(text, start + opening.length, values);
    if (end === undefined) break;
    found = true;
    rest += text.slice(position, start);
    position = end;
  }
  if (!found) return undefined;
  return { text: (rest + text.slice(position)).trim(), values };
}

const keyPattern = /\s+([a-z0-9-]+)(?:=("(?:[^"\\]|\\.)*"|[^\s\]"]+))?/y;
const endPattern = /\s*\]\]/y;

/** Reads from behind the opening to behind `]]`; gives the position there, or undefined when it is not closed. */
function readDirective(text: string, from: number, values: Record<string, string>): number | undefined {
  const read: Record<string, string> = {};
  let position = from;
  for (;;) {
    endPattern.lastIndex = position;
    if (endPattern.test(text)) {
      Object.assign(values, read);
      return endPattern.lastIndex;
    }
    keyPattern.lastIndex = position;
    const match = keyPattern.exec(text);
    if (match === null) return undefined;
    const [, key = "", value = "true"] = match;
    read[key] = value.startsWith('"') ? unquote(value) : value;
    position = keyPattern.lastIndex;
  }
}

function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted.replaceAll("\n", "\\n")));
  } catch {
    return quoted.slice(1, -1);
  }
}
