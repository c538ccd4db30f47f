type Entry<Value> = { value: Value; forgetAtMs: number };

/**
 * A map whose entries are forgotten at their time. Each `set` looks at two entries in turn and drops those whose time
 * has come, so that it grows to about twice what is alive and no pass over all of it is ever needed.
 */
export class ExpiringMap<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  #cursor = this.#entries.entries();

  get size(): number {
    return this.#entries.size;
  }

  get(key: string, nowMs: number): Value | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.forgetAtMs > nowMs ? entry.value : undefined;
  }

  set(key: string, value: Value, forgetAtMs: number, nowMs: number): void {
    this.#entries.set(key, { value, forgetAtMs });
    this.#look(nowMs);
    this.#look(nowMs);
  }

  #look(nowMs: number): void {
    const next = this.#cursor.next();
    if (next.done === true) {
      this.#cursor = this.#entries.entries();
      return;
    }
    const [key, entry] = next.value;
    if (entry.forgetAtMs <= nowMs) this.#entries.delete(key);
  }
}
