import type { TokenModel } from './token-model.js'
import { byteToken } from './unigram-model.js'

/** How tokenizer.json writes a BPE model. */
export interface BpeDefinition {
  readonly vocabulary: ReadonlyMap<string, number>
  readonly merges: readonly (readonly [string, string])[]
  readonly unknown: number | undefined
  readonly suffix: string
  readonly fusesUnknown: boolean
  readonly hasByteFallback: boolean
  readonly ignoresMerges: boolean
}

/** Ids and places stay below this, so that a pair of them is one exact number. */
const RADIX = 2 ** 26

/** BPE: the characters of a word, merged pair by pair in the order of the merges, from left to right. */
export class BpeModel implements TokenModel {
  readonly #definition: BpeDefinition
  /** From a pair of ids to its rank. */
  readonly #ranks = new Map<number, number>()
  readonly #merged: Int32Array

  /** @throws RangeError if a merge speaks of what the vocabulary lacks */
  constructor(definition: BpeDefinition) {
    this.#definition = definition
    const { vocabulary, merges } = definition
    this.#merged = new Int32Array(merges.length)
    for (const [rank, [left, right]] of merges.entries()) {
      const ids = [left, right, left + right].map((token) => {
        const id = vocabulary.get(token)
        if (id === undefined)
          throw new RangeError(`merge ${rank + 1} needs ${JSON.stringify(token)}, which the vocabulary lacks`)
        return id
      })
      this.#ranks.set(ids[0]! * RADIX + ids[1]!, rank)
      this.#merged[rank] = ids[2]!
    }
  }

  encode(word: string): readonly number[] {
    const { vocabulary, ignoresMerges } = this.#definition
    const whole = ignoresMerges ? vocabulary.get(word) : undefined
    if (whole !== undefined) return [whole]
    return this.#merge(this.#symbols(word))
  }

  #symbols(word: string): number[] {
    const { vocabulary, suffix, unknown, hasByteFallback, fusesUnknown } = this.#definition
    const ids: number[] = []
    let waiting = false
    for (let i = 0; i < word.length; ) {
      const end = i + (word.codePointAt(i)! > 0xffff ? 2 : 1)
      const symbol = end === word.length ? word.slice(i, end) + suffix : word.slice(i, end)
      i = end
      const id = vocabulary.get(symbol)
      if (id !== undefined) {
        if (waiting) ids.push(unknown!)
        waiting = false
        ids.push(id)
        continue
      }
      const bytes = hasByteFallback
        ? [...Buffer.from(symbol)].map((byte) => vocabulary.get(byteToken(byte)))
        : [undefined]
      if (bytes.every((byte) => byte !== undefined)) {
        // natively, too, an unknown that waits comes after the bytes
        ids.push(...(bytes as number[]))
      } else if (unknown !== undefined) {
        if (waiting && !fusesUnknown) ids.push(unknown)
        waiting = true
      }
    }
    if (waiting) ids.push(unknown!)
    return ids
  }

  #merge(ids: number[]): number[] {
    const count = ids.length
    if (count < 2) return ids
    const next = Int32Array.from(ids, (_, i) => (i + 1 < count ? i + 1 : -1))
    const previous = Int32Array.from(ids, (_, i) => i - 1)
    const isGone = new Uint8Array(count)
    const queue = new MinimumHeap()
    const offer = (place: number) => {
      const after = next[place]!
      const rank = after < 0 ? undefined : this.#ranks.get(ids[place]! * RADIX + ids[after]!)
      if (rank !== undefined) queue.push(rank * RADIX + place)
    }
    for (let i = 0; i + 1 < count; i += 1) offer(i)
    for (let top = queue.pop(); top !== undefined; top = queue.pop()) {
      const place = top % RADIX
      const after = next[place]!
      if (isGone[place] === 1 || after < 0) continue
      const merged = this.#merged[Math.floor(top / RADIX)]!
      const rank = this.#ranks.get(ids[place]! * RADIX + ids[after]!)
      if (rank === undefined || this.#merged[rank] !== merged) continue
      ids[place] = merged
      isGone[after] = 1
      next[place] = next[after]!
      if (next[after]! >= 0) previous[next[after]!] = place
      if (previous[place]! >= 0) offer(previous[place]!)
      offer(place)
    }
    return ids.filter((_, i) => isGone[i] === 0)
  }
}

/** A binary heap of numbers, the smallest first. */
class MinimumHeap {
  readonly #numbers: number[] = []

  push(number: number): void {
    const numbers = this.#numbers
    let at = numbers.push(number) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (numbers[parent]! <= number) break
      numbers[at] = numbers[parent]!
      at = parent
    }
    numbers[at] = number
  }

  pop(): number | undefined {
    const numbers = this.#numbers
    const smallest = numbers[0]
    const last = numbers.pop()
    if (last === undefined || numbers.length === 0) return smallest
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= numbers.length) break
      if (child + 1 < numbers.length && numbers[child + 1]! < numbers[child]!) child += 1
      if (numbers[child]! >= last) break
      numbers[at] = numbers[child]!
      at = child
    }
    numbers[at] = last
    return smallest
  }
}
