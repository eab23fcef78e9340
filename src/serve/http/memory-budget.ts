import { RequestRefusal } from './request-refusal.js'

/** What one client may hold of what the others leave. */
const CLIENT_PART = 0.75

/**
 * Memory that the requests under way may hold together: their bodies, what becomes of them, and the vectors that are made for them. A client
 * who is named never gets all that is left, so that there is something for the next one.
 */
export class MemoryBudget {
  readonly limitBytes: number
  readonly #byClient = new Map<string, number>()
  #heldBytes = 0

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  /**
   * What one request holds: nothing yet.
   * @param client whose it is, if clients are told apart
   */
  open(client?: string): MemoryShare {
    let own = 0
    const part = client === undefined ? 1 : CLIENT_PART
    return {
      take: (bytes) => {
        const limit = Math.floor(part * this.limitBytes)
        if (own + bytes > limit) {
          throw RequestRefusal.tooLarge(
            `Expected a request whose texts and vectors fit in ${limit} bytes, got one of ${own + bytes}: split it.`,
          )
        }
        const ofClient = client === undefined ? 0 : (this.#byClient.get(client) ?? 0)
        const left = part * (this.limitBytes - this.#heldBytes + ofClient)
        if (ofClient + bytes > left) {
          throw RequestRefusal.overloaded(
            `The requests under way hold ${this.#heldBytes} of ${this.limitBytes} bytes: try again when some have ended.`,
          )
        }
        own += bytes
        this.#add(client, bytes)
      },
      release: () => {
        this.#add(client, -own)
        own = 0
      },
    }
  }

  #add(client: string | undefined, bytes: number): void {
    this.#heldBytes += bytes
    if (client === undefined) return
    const held = (this.#byClient.get(client) ?? 0) + bytes
    if (held === 0) this.#byClient.delete(client)
    else this.#byClient.set(client, held)
  }
}

/** The memory of one request. */
export interface MemoryShare {
  /** @throws RequestRefusal 413 if this request alone wants too much, 429 if all together do */
  take(bytes: number): void
  /** A second call does nothing. */
  release(): void
}
