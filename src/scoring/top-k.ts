import { withRoom } from '../vectors/with-room.js'
/**
 * Keeps the k best of many (item, score) pairs in a binary heap over two typed arrays, without an allocation per candidate.
 * A higher score is better; equal scores are ordered by `compareItems`.
 */
export class TopK {
  readonly #k: number
  readonly #compareItems: (a: number, b: number) => number
  #items = new Uint32Array(16)
  #scores = new Float64Array(16)
  #size = 0

  /**
   * @param k at least 0; memory grows with what is kept, not with k
   * @param compareItems negative where `a` goes first among equal scores
   */
  constructor(k: number, compareItems: (a: number, b: number) => number) {
    this.#k = k
    this.#compareItems = compareItems
  }

  /** Whether {@link offer} would keep the pair: for skipping a costly check of a hopeless candidate. */
  wouldKeep(item: number, score: number): boolean {
    if (this.#size < this.#k) return true
    if (this.#k === 0) return false
    const worst = this.#scores[0]!
    return score > worst || (score === worst && this.#compareItems(item, this.#items[0]!) < 0)
  }

  /** What is offered with a lower score is not kept; −Infinity while there is room. */
  get bar(): number {
    return this.#size < this.#k ? -Infinity : this.#k === 0 ? Infinity : this.#scores[0]!
  }

  offer(item: number, score: number): void {
    if (!this.wouldKeep(item, score)) return
    if (this.#size < this.#k) {
      this.#items = withRoom(this.#items, this.#size + 1)
      this.#scores = withRoom(this.#scores, this.#size + 1)
      this.#items[this.#size] = item
      this.#scores[this.#size] = score
      this.#size++
      this.#rise(this.#size - 1)
    } else {
      this.#items[0] = item
      this.#scores[0] = score
      this.#sink(0)
    }
  }

  /** The kept pairs, best first. */
  sorted(): { items: number[]; scores: number[] } {
    const order = Array.from({ length: this.#size }, (_, i) => i).sort((a, b) => (this.#isWorse(a, b) ? 1 : -1))
    return { items: order.map((i) => this.#items[i]!), scores: order.map((i) => this.#scores[i]!) }
  }

  #isWorse(i: number, j: number): boolean {
    const a = this.#scores[i]!
    const b = this.#scores[j]!
    return a < b || (a === b && this.#compareItems(this.#items[i]!, this.#items[j]!) > 0)
  }

  #rise(from: number): void {
    for (let i = from; i > 0; ) {
      const parent = (i - 1) >> 1
      if (!this.#isWorse(i, parent)) return
      this.#swap(i, parent)
      i = parent
    }
  }

  #sink(from: number): void {
    for (let i = from; ; ) {
      const left = 2 * i + 1
      if (left >= this.#size) return
      const child = left + 1 < this.#size && this.#isWorse(left + 1, left) ? left + 1 : left
      if (!this.#isWorse(child, i)) return
      this.#swap(i, child)
      i = child
    }
  }

  #swap(i: number, j: number): void {
    const item = this.#items[i]!
    this.#items[i] = this.#items[j]!
    this.#items[j] = item
    const score = this.#scores[i]!
    this.#scores[i] = this.#scores[j]!
    this.#scores[j] = score
  }
}
