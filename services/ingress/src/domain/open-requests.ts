/** Counts the requests in progress, and says when one more is too many. */
export class OpenRequests {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Takes a place; false when there is none. @param limit places in all */
  enter(limit: number): boolean {
    if (this.#count >= limit) return false;
    this.#count++;
    return true;
  }

  leave(): void {
    this.#count--;
  }
}
