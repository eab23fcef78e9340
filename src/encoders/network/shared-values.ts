/** Values of this thread that are large and never change, each kept once for as long as somebody has it. */
export class SharedValues<T extends object> {
  readonly #values = new Map<string, WeakRef<T>>()

  /** @param key says everything that makes it another value */
  async get(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#values.get(key)?.deref()
    if (known !== undefined) return known
    const made = await make()
    for (const [each, value] of this.#values) if (value.deref() === undefined) this.#values.delete(each)
    this.#values.set(key, new WeakRef(made))
    return made
  }
}
