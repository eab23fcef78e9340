import type { PointId } from '../../document.js'
import { hashPointId } from './hash-point-id.js'

const SMALLEST = 1024
/** The table is made larger beyond this share of taken places. */
const MAX_LOAD = 0.6

/**
 * Ids that were seen, in 13 to 27 bytes each and without a limit on their number (a JavaScript Set ends at 2^24).
 * It keeps 64-bit hashes: among a million ids two share one with a chance of 6e-8, and then both count as seen.
 */
export class PointIdSet {
  /** Two words for each place; both 0 where it is free. */
  #words = new Uint32Array(2 * SMALLEST)
  #size = 0

  /** Different ids that were added. */
  get size(): number {
    return this.#size
  }

  add(id: PointId): void {
    const [high, low] = hashPointId(id)
    if (!this.#put(high, low)) return
    this.#size += 1
    if (this.#size > MAX_LOAD * (this.#words.length / 2)) this.#grow()
  }

  has(id: PointId): boolean {
    const [high, low] = hashPointId(id)
    const at = this.#find(high, low)
    return this.#words[at] !== 0 || this.#words[at + 1] !== 0
  }

  /** Whether it was not there yet. */
  #put(high: number, low: number): boolean {
    const at = this.#find(high, low)
    if (this.#words[at] === high && this.#words[at + 1] === low) return false
    this.#words[at] = high
    this.#words[at + 1] = low
    return true
  }

  /** Where the hash stands, or the free place where it would. */
  #find(high: number, low: number): number {
    const mask = this.#words.length - 2
    let at = (high * 2) & mask
    for (;;) {
      const a = this.#words[at]
      const b = this.#words[at + 1]
      if ((a === high && b === low) || (a === 0 && b === 0)) return at
      at = (at + 2) & mask
    }
  }

  #grow(): void {
    const old = this.#words
    this.#words = new Uint32Array(2 * old.length)
    for (let i = 0; i < old.length; i += 2) if (old[i] !== 0 || old[i + 1] !== 0) this.#put(old[i]!, old[i + 1]!)
  }
}
