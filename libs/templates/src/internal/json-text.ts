/**
 * What the filter `json` gives. As a whole JSON value it is the value again, so `{"a": {{ x | json }}}` and
 * `{"a": {{ x }}}` are the same; wherever text is wanted it is the JSON text.
 */
export class JsonText {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  toString(): string {
    return JSON.stringify(this.#value);
  }
}
