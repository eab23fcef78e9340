import { randomNumbers } from '../../src/scoring/random-numbers.js'
import type { Clock } from '../../src/stores/qdrant/wire/retry.js'

/** A clock on which a sleep takes no time: it moves on by what is slept. */
export class VirtualClock implements Clock {
  readonly slept: number[] = []
  readonly #random: () => number
  #now: number

  constructor(seed = 1, now = Date.UTC(2026, 0, 1)) {
    this.#random = randomNumbers(seed)
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    this.slept.push(ms)
    this.#now += ms
    await new Promise((resolve) => setImmediate(resolve))
    signal?.throwIfAborted()
  }

  random(): number {
    return this.#random()
  }
}
