import { withRoom } from '../../vectors/with-room.js'

/** Slots per word at least, so that a probe ends soon. */
const SPREAD = 2

/**
 * Numbers words 0, 1, 2, … by their UTF-16 code units, without a string for each look-up: an open-addressing hash table
 * over one long array that holds the units of all words.
 */
export class WordIndex {
  /** Hash and number + 1 of the word in each slot, side by side for the cache; number + 1 is 0 in an empty one. */
  #slots = new Int32Array(2 * 8192)
  #hashes = new Int32Array(4096)
  /** Word i is `#units` from `#ends[i - 1]` to `#ends[i]`. */
  #ends = new Int32Array(4097)
  #units = new Uint16Array(32768)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Code units that all words take. */
  get unitCount(): number {
    return this.#ends[this.#size]!
  }

  /** The number of the word `units[begin, end)`, or −1. `hash` is any function of the word, the same in every call. */
  find(units: Uint16Array, begin: number, end: number, hash: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    for (let slot = firstSlot(hash, mask); ; slot = (slot + 2) & mask) {
      const word = slots[slot + 1]! - 1
      if (word < 0 || (slots[slot] === hash && this.#equals(word, units, begin, end))) return word
    }
  }

  /** Adds a word that {@link find} did not find, and gives its number. */
  add(units: Uint16Array, begin: number, end: number, hash: number): number {
    const word = this.#size
    const start = this.unitCount
    if (word === this.#hashes.length) this.#grow()
    this.#units = withRoom(this.#units, start + end - begin)
    this.#units.set(units.subarray(begin, end), start)
    this.#ends[word + 1] = start + end - begin
    this.#hashes[word] = hash
    this.#place(word)
    this.#size = word + 1
    return word
  }

  clear(): void {
    this.#slots.fill(0)
    this.#size = 0
  }

  #equals(word: number, units: Uint16Array, begin: number, end: number): boolean {
    const start = this.#ends[word]!
    if (this.#ends[word + 1]! - start !== end - begin) return false
    const own = this.#units
    for (let i = begin, j = start; i < end; i += 1, j += 1) if (own[j] !== units[i]) return false
    return true
  }

  #place(word: number): void {
    const mask = this.#slots.length - 1
    const hash = this.#hashes[word]!
    let slot = firstSlot(hash, mask)
    while (this.#slots[slot + 1] !== 0) slot = (slot + 2) & mask
    this.#slots[slot] = hash
    this.#slots[slot + 1] = word + 1
  }

  #grow(): void {
    const capacity = this.#hashes.length * 2
    this.#hashes = withRoom(this.#hashes, capacity)
    this.#ends = withRoom(this.#ends, capacity + 1)
    this.#slots = new Int32Array(2 * capacity * SPREAD)
    for (let word = 0; word < this.#size; word += 1) this.#place(word)
  }
}

/** Where the search for a hash begins; the high bits are brought down to where the mask looks. */
function firstSlot(hash: number, mask: number): number {
  return ((hash ^ (hash >>> 15)) << 1) & mask
}
