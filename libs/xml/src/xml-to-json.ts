import { XmlElement, XmlText } from "@rgrove/parse-xml";
import { parseDocument } from "./internal/xml-document.ts";

export interface XmlToJsonOptions {
  /** Names of elements that become lists, also where there is one. @default none */
  lists?: readonly string[];
  /** Whether numbers and `true`/`false` become those of JSON. @default false: all values are strings */
  typed?: boolean;
}

const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const blank = /^[ \t\n\r]*$/;

/**
 * The JSON text of a document: an object whose only field is the root. An attribute `x` is the field `@x`; elements are
 * fields by their names, several of one name a list; text beside attributes or elements is the field `#text`. An element
 * with nothing but text is that text. Blanks between elements, comments and instructions go.
 * @throws XmlError
 */
export function xmlToJson(source: string, options: XmlToJsonOptions = {}): string {
  const writer = new JsonWriter(options);
  const root = parseDocument(source);
  return writer.fields([[root.name, [root]]]);
}

class JsonWriter {
  readonly #lists: ReadonlySet<string>;
  readonly #typed: boolean;

  constructor({ lists = [], typed = false }: XmlToJsonOptions) {
    this.#lists = new Set(lists);
    this.#typed = typed;
  }

  /** An object with elements as its fields. */
  fields(elements: Iterable<readonly [name: string, elements: readonly XmlElement[]]>): string {
    return `{${[...elements].map((field) => this.#field(...field)).join(",")}}`;
  }

  #field(name: string, elements: readonly XmlElement[]): string {
    const values = elements.map((element) => this.#value(element));
    const isList = values.length > 1 || this.#lists.has(name);
    return `${JSON.stringify(name)}:${isList ? `[${values.join(",")}]` : values.join()}`;
  }

  #value(element: XmlElement): string {
    const children = element.children.filter((child) => child instanceof XmlElement);
    const attributes = Object.entries(element.attributes);
    const text = textOf(element, children.length > 0);
    if (children.length + attributes.length === 0) return this.#text(text);
    const fields = [
      ...attributes.map(([name, value]) => `${JSON.stringify(`@${name}`)}:${this.#text(value)}`),
      ...[...Map.groupBy(children, ({ name }) => name)].map((field) => this.#field(...field)),
      ...(text === "" ? [] : [`"#text":${this.#text(text)}`]),
    ];
    return `{${fields.join(",")}}`;
  }

  #text(text: string): string {
    const isLiteral = this.#typed && (text === "true" || text === "false" || number.test(text));
    return isLiteral ? text : JSON.stringify(text);
  }
}

/** The text of an element itself, without that of others in it. */
function textOf({ children }: XmlElement, isMixed: boolean): string {
  const texts = children.flatMap((child) => (child instanceof XmlText ? child.text : []));
  return (isMixed ? texts.filter((text) => !blank.test(text)) : texts).join("");
}
