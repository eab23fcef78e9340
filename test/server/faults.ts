import { randomNumbers } from '../../src/scoring/random-numbers.js'
/** What may go wrong with one request, as a real deployment was seen to do it. */
export type Fault =
  /** The connection is cut before the request is read. */
  | { readonly kind: 'reset' }
  /** The request is carried out, then the connection is cut without an answer. */
  | { readonly kind: 'resetAfter' }
  /** Nothing is answered; the request is carried out or not. */
  | { readonly kind: 'stall'; readonly isApplied: boolean }
  /** Carried out, and the connection is cut in the middle of the answer. */
  | { readonly kind: 'half' }
  /** Refused with a status, and a Retry-After where there is one: in seconds, as a date, or "0". */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: 'seconds' | 'date' | 'now' }
  /** The body is not read, as over a line that is too slow; nothing is answered. */
  | { readonly kind: 'unread' }
  /** An upsert that does not wait is acknowledged, and never applied; any other request is answered. */
  | { readonly kind: 'vanish' }
  /** Answered, and the keep-alive connection closed right after, without a word. */
  | { readonly kind: 'closeAfter' }

export interface FaultPlan {
  /** The fault of the next request, or null. */
  next(request: { readonly method: string; readonly bytes: number }): Fault | null
}

const LEADERLESS: Fault = { kind: 'status', status: 503 }

/** Random faults by a seed: the same seed gives the same faults in the order of the requests. `share` of the requests are hit. */
export class SeededFaults implements FaultPlan {
  readonly #random: () => number
  readonly #share: number
  #leaderless = 0

  constructor(seed: number, share: number) {
    this.#random = randomNumbers(seed)
    this.#share = share
  }

  next(): Fault | null {
    if (this.#leaderless > 0) {
      this.#leaderless--
      // A leader that flaps: some requests of the bad time are answered all the same.
      return this.#random() < 0.7 ? LEADERLESS : null
    }
    if (this.#random() >= this.#share) return null
    const kind = Math.floor(this.#random() * 11)
    switch (kind) {
      case 0:
        return { kind: 'reset' }
      case 1:
        return { kind: 'resetAfter' }
      case 2:
        return { kind: 'stall', isApplied: this.#random() < 0.5 }
      case 3:
        return { kind: 'half' }
      case 4:
        return { kind: 'status', status: 429, retryAfter: 'seconds' }
      case 5:
        return { kind: 'status', status: 429, retryAfter: 'date' }
      case 6:
        return { kind: 'status', status: 429 }
      case 7:
        return { kind: 'status', status: [408, 500, 502, 504][Math.floor(this.#random() * 4)]! }
      case 8:
        this.#leaderless = 3
        return LEADERLESS
      default:
        return { kind: 'closeAfter' }
    }
  }
}

/** Faults in a fixed order, then none. */
export class ListedFaults implements FaultPlan {
  readonly #faults: (Fault | null)[]

  constructor(faults: readonly (Fault | null)[]) {
    this.#faults = [...faults]
  }

  next(): Fault | null {
    return this.#faults.shift() ?? null
  }
}
