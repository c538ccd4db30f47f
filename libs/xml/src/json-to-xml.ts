import { type JsonNode, jsonChildren } from "@sluice/dialects/json-node";
import { parseJsonTree } from "@sluice/dialects/json-tree";
import {
  maxXmlCharacters,
  maxXmlDepth,
  maxXmlPieces,
  tooDeep,
  tooManyPieces,
} from "./internal/xml-document.ts";
import { XmlError } from "./xml-error.ts";
import { isXmlName } from "./xml-name.ts";

export interface JsonToXmlOptions {
  /** Name of the root, around all that there is. @default the only field of the JSON object */
  root?: string | undefined;
}

const declaration = '<?xml version="1.0" encoding="UTF-8"?>';
/** What XML can't hold, also not as a reference (XML 1.0, section 2.2). */
const forbidden = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/**
 * The document that a JSON text makes, as `xmlToJson` reads it: a field `@x` is the attribute `x`, `#text` is text, a list
 * is several elements of the same name, any other field is an element. `null` is an empty one. Numbers stand as they were
 * written.
 * @throws XmlError for what is no JSON, or has no place in XML; the message names fields by their path
 */
export function jsonToXml(source: string, { root }: JsonToXmlOptions = {}): string {
  if (source.length > maxXmlCharacters) {
    throw new XmlError(`it is longer than ${maxXmlCharacters} characters`);
  }
  const json = parsed(source);
  const writer = new XmlWriter(source);
  if (root !== undefined) return declaration + writer.element(root, json, [root]);
  const [only, another] = json.type === "object" ? fieldsOf(json, []) : [];
  if (only === undefined || another !== undefined) {
    throw new XmlError("it is no object with one field, which would be the root element");
  }
  const [name, value] = only;
  if (value.type === "array") throw new XmlError("the root element would be a list");
  return declaration + writer.element(name, value, [name]);
}

function parsed(source: string): JsonNode {
  try {
    return parseJsonTree(source);
  } catch (error) {
    if (error instanceof SyntaxError) throw new XmlError("it is no valid JSON", { cause: error });
    throw error;
  }
}

class XmlWriter {
  readonly #source: string;
  #pieces = 0;

  constructor(source: string) {
    this.#source = source;
  }

  element(name: string, value: JsonNode, path: readonly string[]): string {
    this.#count();
    if (path.length > maxXmlDepth) throw tooDeep();
    if (!isXmlName(name)) throw new XmlError(`${describe(path)} has a name that no element can have`);
    if (value.type === "array") {
      throw new XmlError(`${describe(path)} is a list in a list, which has no place in XML`);
    }
    if (value.type !== "object") return tagged(name, "", scalar(this.#source, value, path));
    let attributes = "";
    let content = "";
    for (const [field, own] of fieldsOf(value, path)) {
      const inner = [...path, field];
      if (field === "#text") content += scalar(this.#source, own, inner);
      else if (field.startsWith("@")) attributes += this.#attribute(field.slice(1), own, inner);
      else if (own.type === "array") {
        for (const item of jsonChildren(own)) content += this.element(field, item, inner);
      } else content += this.element(field, own, inner);
    }
    return tagged(name, attributes, content);
  }

  #attribute(name: string, value: JsonNode, path: readonly string[]): string {
    this.#count();
    if (!isXmlName(name)) throw new XmlError(`${describe(path)} has a name that no attribute can have`);
    return value.type === "null" ? "" : ` ${name}="${scalar(this.#source, value, path)}"`;
  }

  #count(): void {
    this.#pieces++;
    if (this.#pieces > maxXmlPieces) throw tooManyPieces();
  }
}

function tagged(name: string, attributes: string, content: string): string {
  return content === "" ? `<${name}${attributes}/>` : `<${name}${attributes}>${content}</${name}>`;
}

function scalar(source: string, { type, value, offset, length }: JsonNode, path: readonly string[]): string {
  switch (type) {
    case "string":
      return escaped(String(value), path);
    case "null":
      return "";
    case "number":
    case "boolean":
      return source.slice(offset, offset + length);
    default:
      throw new XmlError(`${describe(path)} must be a text, a number, true, false or null`);
  }
}

/** Good in texts and in attributes; line ends and tabs as references, since parsers change them otherwise. */
function escaped(text: string, path: readonly string[]): string {
  if (forbidden.test(text)) throw new XmlError(`${describe(path)} holds a character that XML can't hold`);
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Names and values of an object. */
function fieldsOf(object: JsonNode, path: readonly string[]): (readonly [string, JsonNode])[] {
  const names = new Set<string>();
  return jsonChildren(object).flatMap(({ children = [] }) => {
    const [name, value] = children;
    if (name === undefined || value === undefined) return [];
    const text = String(name.value);
    if (names.has(text)) throw new XmlError(`${describe([...path, text])} is there twice`);
    names.add(text);
    return [[text, value] as const];
  });
}

/** Names of fields may be as long as a client likes. */
function describe(path: readonly string[]): string {
  const text = path.join(".");
  return `the field ${JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)}`;
}
