/** Runs tasks one after the other, each after the one before has settled. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve()

  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(task)
    this.#last = result.catch(() => undefined)
    return result
  }

  /** Resolves when everything that was asked for has settled. */
  async drain(): Promise<void> {
    await this.#last
  }
}
