/**
 * Longest time for which a long loop keeps the event loop, in milliseconds. A short request takes about six turns of it from its first byte to
 * its answer, and each may come behind a slice.
 */
const SLICE_MS = 1

/** Loops that wait for their next slice: one goes on in each turn of the event loop, so that many together keep it no longer than one. */
const waiting: (() => void)[] = []

/** Cuts a long loop into slices, between which others get their turn. */
export class TimeSlices {
  #begin = performance.now()

  /** To be waited for after each step of the loop. */
  pause(): Promise<void> | undefined {
    return performance.now() - this.#begin < SLICE_MS ? undefined : this.#wait()
  }

  async #wait(): Promise<void> {
    await new Promise<void>((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(goOn)
    })
    this.#begin = performance.now()
  }
}

function goOn(): void {
  waiting.shift()!()
  if (waiting.length > 0) setImmediate(goOn)
}
