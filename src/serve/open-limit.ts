import { RequestRefusal } from './request-refusal.js'

/**
 * Bounds how many encoders are opened: each worker keeps what it opened, and a request's options make another encoder of the same model.
 */
export class OpenLimit {
  readonly #limit: number
  readonly #uses = new Map<string, { count: number; isOpen: boolean }>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * Runs what opens an encoder. One that failed before it ever succeeded takes no place.
   * @throws RequestRefusal 400 `TOO_MANY_MODELS`
   */
  async use<T>(key: string, run: () => Promise<T>): Promise<T> {
    let use = this.#uses.get(key)
    if (use === undefined) {
      if (this.#uses.size >= this.#limit) {
        throw new RequestRefusal(
          400,
          'TOO_MANY_MODELS',
          `This service keeps at most ${this.#limit} different models and options of them open, and has as many: use those, or start another service.`,
        )
      }
      use = { count: 0, isOpen: false }
      this.#uses.set(key, use)
    }
    use.count++
    try {
      const result = await run()
      use.isOpen = true
      return result
    } finally {
      use.count--
      if (use.count === 0 && !use.isOpen) this.#uses.delete(key)
    }
  }
}
