import { type JsonNode, jsonChildren, stringValue } from "@sluice/dialects/json-node";

/** The members of a JSON object as they are written, to be written again with some of them changed. */
export class JsonMembers {
  readonly #source: string;
  readonly #members: { name: string; text: string; value: JsonNode }[] = [];
  readonly #changed = new Map<string, string>();

  constructor(source: string, object: JsonNode | undefined) {
    this.#source = source;
    for (const property of jsonChildren(object)) {
      const [key, value] = jsonChildren(property);
      if (value === undefined) continue;
      const text = source.slice(property.offset, property.offset + property.length);
      this.#members.push({ name: stringValue(key) ?? "", text, value });
    }
  }

  has(name: string): boolean {
    return this.#changed.has(name) || this.#members.some((member) => member.name === name);
  }

  /** Value of a member; of several with the name the last, as `JSON.parse` takes it. */
  node(name: string): JsonNode | undefined {
    return this.#members.findLast((member) => member.name === name)?.value;
  }

  /** The members of a member that is an object; none of any other. */
  membersOf(name: string): JsonMembers {
    const node = this.node(name);
    return new JsonMembers(this.#source, node?.type === "object" ? node : undefined);
  }

  /** A value as it is written. */
  textOf(node: JsonNode): string {
    return this.#source.slice(node.offset, node.offset + node.length);
  }

  /** Writes a value in place of what stood under the name, however often it stood there. */
  set(name: string, json: string): void {
    this.remove(name);
    this.#changed.set(name, json);
  }

  remove(name: string): void {
    for (let index = this.#members.length - 1; index >= 0; index--) {
      if (this.#members[index]?.name === name) this.#members.splice(index, 1);
    }
  }

  /** All other members keep every byte that they have. */
  write(): string {
    const kept = this.#members.map(({ text }) => text);
    const changed = [...this.#changed].map(([name, json]) => `${JSON.stringify(name)}:${json}`);
    return `{${[...kept, ...changed].join(",")}}`;
  }
}
