import type { MemoryShare } from './memory-budget.js'
import { RequestRefusal } from './request-refusal.js'

export interface UnprovenLimits {
  /** What all of them may hold. */
  readonly bytes: number
  readonly bodies: number
}

interface Held {
  bytes: number
  readonly giveUp: (why: RequestRefusal) => void
}

/**
 * Bodies of callers who have not shown a token, since it stands in the body itself. They have a small budget of their own, so that they take
 * nothing from those who have shown one; where it is used up, the largest gives way, or of too many the oldest: whoever has a token has
 * sent a body within milliseconds, whoever wants to keep others out holds it.
 */
export class UnprovenBodies {
  readonly #limits: UnprovenLimits
  readonly #held = new Set<Held>()
  #heldBytes = 0

  constructor(limits: UnprovenLimits) {
    this.#limits = limits
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  /** What a body may hold whose sender has not shown a token yet. @param giveUp called when it has to give way to others */
  open(giveUp: (why: RequestRefusal) => void): MemoryShare {
    const held: Held = { bytes: 0, giveUp }
    this.#held.add(held)
    if (this.#held.size > this.#limits.bodies) this.#drop(this.#held.values().next().value!)
    return {
      take: (bytes) => {
        const { bytes: limit } = this.#limits
        if (held.bytes + bytes > limit) {
          throw RequestRefusal.tooLarge(
            `Expected at most ${limit} bytes before a token, got more: send it as "Authorization: Bearer …", or split the request.`,
          )
        }
        held.bytes += bytes
        this.#heldBytes += bytes
        while (this.#heldBytes > limit) this.#drop(this.#largest())
      },
      release: () => this.#forget(held),
    }
  }

  #largest(): Held {
    return [...this.#held].reduce((a, b) => (b.bytes > a.bytes ? b : a))
  }

  #drop(held: Held): void {
    this.#forget(held)
    held.giveUp(
      RequestRefusal.overloaded(
        'Too many requests wait for their token: try again, or send it as "Authorization: Bearer …".',
      ),
    )
  }

  #forget(held: Held): void {
    if (!this.#held.delete(held)) return
    this.#heldBytes -= held.bytes
    held.bytes = 0
  }
}
