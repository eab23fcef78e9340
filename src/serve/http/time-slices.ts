import { setImmediate as nextTurn } from 'node:timers/promises'

/** Longest time for which a long loop keeps the event loop, in milliseconds. */
const SLICE_MS = 10
/** Steps between two looks at the clock. */
const STEPS = 64

/** Cuts a long loop into slices, between which others get their turn. */
export class TimeSlices {
  #begin = performance.now()
  #steps = 0

  /** To be waited for after each step of the loop. */
  pause(): Promise<void> | undefined {
    if (++this.#steps % STEPS !== 0 || performance.now() - this.#begin < SLICE_MS) return undefined
    return this.#turn()
  }

  async #turn(): Promise<void> {
    await nextTurn()
    this.#begin = performance.now()
  }
}
