/** Which records of an input are done with: stored, found unchanged, or rejected. They are begun in order and settled in any. */
export class SettledRecords {
  /** In the order in which they were begun. */
  readonly #open = new Set<number>()
  #begun = 0

  begin(record: number): void {
    this.#open.add(record)
    this.#begun = record + 1
  }

  settle(record: number): void {
    this.#open.delete(record)
  }

  /** Number of records, counted from the beginning of the input, that need no second look. */
  get count(): number {
    for (const oldest of this.#open) return oldest
    return this.#begun
  }
}
