/** What was added until it was handed over, and its way out. */
interface Group<Item> {
  items: Item[];
  flushed: PromiseWithResolvers<void>;
  timer: NodeJS.Timeout | undefined;
}

export interface GroupCommitOptions<Item> {
  /** Is given the items of a group; what becomes of it becomes of each `add` of that group. */
  flush: (items: Item[]) => Promise<unknown>;
  /** Items that are handed over together at most. */
  maxItems: number;
  /** How long a group waits at most for the one before it. */
  maxWaitMs: number;
}

/**
 * Collects items and hands them over in groups: those of one turn of the event loop together, and while a group is
 * under way, all that come meanwhile. So the groups are as large as the load and the way of a group make them, and an
 * item that comes alone waits for nothing. Databases commit their transactions like this.
 */
export class GroupCommit<Item> {
  readonly #options: GroupCommitOptions<Item>;
  #open: Group<Item> | undefined;
  #underWay = 0;

  constructor(options: GroupCommitOptions<Item>) {
    this.#options = options;
  }

  add(item: Item): Promise<void> {
    this.#open ??= this.#begin();
    const group = this.#open;
    group.items.push(item);
    if (group.items.length >= this.#options.maxItems) this.#handOver(group);
    return group.flushed.promise;
  }

  #begin(): Group<Item> {
    const group: Group<Item> = { items: [], flushed: Promise.withResolvers(), timer: undefined };
    if (this.#underWay === 0) setImmediate(() => this.#handOver(group));
    else group.timer = setTimeout(() => this.#handOver(group), this.#options.maxWaitMs);
    return group;
  }

  #handOver(group: Group<Item>): void {
    if (this.#open !== group) return;
    this.#open = undefined;
    clearTimeout(group.timer);
    this.#underWay++;
    this.#options
      .flush(group.items)
      .then(() => group.flushed.resolve(), group.flushed.reject)
      .finally(() => {
        this.#underWay--;
        if (this.#underWay === 0 && this.#open !== undefined) this.#handOver(this.#open);
      });
  }
}
