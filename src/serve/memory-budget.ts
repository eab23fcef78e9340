import { RequestRefusal } from './request-refusal.js'

/** Memory that the requests under way may hold together: their bodies, and the vectors that are made for them. */
export class MemoryBudget {
  readonly limitBytes: number
  #heldBytes = 0

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  /** What one request holds: nothing yet. */
  open(): MemoryShare {
    let own = 0
    return {
      take: (bytes) => {
        if (own + bytes > this.limitBytes) {
          throw new RequestRefusal(
            413,
            'REQUEST_TOO_LARGE',
            `Expected a request whose texts and vectors fit in ${this.limitBytes} bytes, got one of ${own + bytes}: split it.`,
          )
        }
        if (this.#heldBytes + bytes > this.limitBytes) {
          throw new RequestRefusal(
            429,
            'OVERLOADED',
            `The requests under way hold ${this.#heldBytes} of ${this.limitBytes} bytes: try again when some have ended.`,
            { 'retry-after': '1' },
          )
        }
        own += bytes
        this.#heldBytes += bytes
      },
      release: () => {
        this.#heldBytes -= own
        own = 0
      },
    }
  }
}

/** The memory of one request. */
export interface MemoryShare {
  /** @throws RequestRefusal 413 if this request alone wants too much, 429 if all together do */
  take(bytes: number): void
  /** A second call does nothing. */
  release(): void
}
