import type { TokenModel } from './token-model.js'

/** How much worse than the worst piece a character is that the vocabulary lacks. */
const UNKNOWN_PENALTY = 10

/**
 * Unigram (SentencePiece): of all ways to cut a word into pieces of the vocabulary the one with the highest sum of scores,
 * with the sums and the ties of the native tokenizer.
 */
export class UnigramModel implements TokenModel {
  readonly #ids = new Map<string, number>()
  /** All pieces in the order of their UTF-16 units, so that those with a common beginning stand together. */
  readonly #sorted: readonly string[]
  readonly #sortedIds: Int32Array
  /** By the first unit of a piece: where such pieces begin and end in #sorted. */
  readonly #starts = new Map<number, readonly [number, number]>()
  readonly #scores: Float64Array
  readonly #unknown: number | undefined
  readonly #unknownScore: number
  readonly #hasByteFallback: boolean

  constructor(
    vocabulary: readonly (readonly [string, number])[],
    unknown: number | undefined,
    hasByteFallback: boolean,
  ) {
    this.#scores = new Float64Array(vocabulary.length)
    let lowest = Number.POSITIVE_INFINITY
    for (const [id, [piece, written]] of vocabulary.entries()) {
      const score = readAsSerde(written)
      this.#ids.set(piece, id)
      this.#scores[id] = score
      if (score < lowest) lowest = score
    }
    this.#unknown = unknown
    this.#unknownScore = lowest - UNKNOWN_PENALTY
    this.#hasByteFallback = hasByteFallback
    this.#sorted = [...this.#ids.keys()].filter((piece) => piece !== '').sort()
    this.#sortedIds = Int32Array.from(this.#sorted, (piece) => this.#ids.get(piece)!)
    for (let i = 0; i < this.#sorted.length; ) {
      const unit = this.#sorted[i]!.charCodeAt(0)
      const end = this.#bound(i, this.#sorted.length, 0, unit + 1)
      this.#starts.set(unit, [i, end])
      i = end
    }
  }

  encode(word: string): readonly number[] {
    const startOf = new Int32Array(word.length + 1).fill(-1)
    const idAt = new Int32Array(word.length + 1)
    const scoreAt = new Float64Array(word.length + 1)
    const offer = (start: number, end: number, id: number, score: number) => {
      if (startOf[end] !== -1 && score <= scoreAt[end]!) return
      startOf[end] = start
      idAt[end] = id
      scoreAt[end] = score
    }
    for (let start = 0; start < word.length; ) {
      const single = start + (word.codePointAt(start)! > 0xffff ? 2 : 1)
      const scoreHere = scoreAt[start]!
      let hasSingle = false
      let [low, high] = this.#starts.get(word.charCodeAt(start)) ?? [0, 0]
      for (let end = start + 1; low < high; end += 1) {
        // the shortest of pieces with a common beginning is first
        if (this.#sorted[low]!.length === end - start) {
          const id = this.#sortedIds[low]!
          offer(start, end, id, this.#scores[id]! + scoreHere)
          if (end === single) hasSingle = true
          low += 1
        }
        if (end === word.length) break
        const unit = word.charCodeAt(end)
        low = this.#bound(low, high, end - start, unit)
        high = this.#bound(low, high, end - start, unit + 1)
      }
      if (!hasSingle) offer(start, single, this.#unknown ?? -1, this.#unknownScore + scoreHere)
      start = single
    }
    return this.#collect(word, startOf, idAt)
  }

  /** The ids of the best way, read backwards; unknown characters beside each other are one token. */
  #collect(word: string, startOf: Int32Array, idAt: Int32Array): number[] {
    const ids: number[] = []
    for (let end = word.length; end > 0; ) {
      const isUnknown = idAt[end] === (this.#unknown ?? -1)
      let start = startOf[end]!
      if (isUnknown) while (start > 0 && idAt[start] === (this.#unknown ?? -1)) start = startOf[start]!
      if (isUnknown) ids.push(...this.#idsOfUnknown(word.slice(start, end)).reverse())
      else ids.push(idAt[end]!)
      end = start
    }
    return ids.reverse()
  }

  #idsOfUnknown(text: string): number[] {
    const id = this.#ids.get(text)
    if (id !== undefined) return [id]
    if (this.#hasByteFallback) {
      const bytes = [...Buffer.from(text)].map((byte) => this.#ids.get(byteToken(byte)))
      if (bytes.every((byte) => byte !== undefined)) return bytes as number[]
    }
    return this.#unknown === undefined ? [] : [this.#unknown]
  }

  /** The first of the pieces `[low, high)` whose unit at `depth` is at least `unit`; all of them are longer than `depth`. */
  #bound(low: number, high: number, depth: number, unit: number): number {
    let [from, to] = [low, high]
    while (from < to) {
      const middle = (from + to) >>> 1
      if (this.#sorted[middle]!.charCodeAt(depth) < unit) from = middle + 1
      else to = middle
    }
    return from
  }
}

/**
 * The number that the native tokenizer reads of a score: its JSON reader rounds the digits and then the quotient, and so may
 * miss the nearest number by one bit, which decides between ways to cut a word that are equally good.
 */
function readAsSerde(score: number): number {
  const [mantissa, exponent = '0'] = String(Math.abs(score)).split('e') as [string, string?]
  const [whole, fraction = ''] = mantissa.split('.') as [string, string?]
  const digits = Number(BigInt(whole + fraction))
  const power = Number(exponent) - fraction.length
  const value = power < 0 ? digits / Number(`1e${-power}`) : digits * Number(`1e${power}`)
  return score < 0 ? -value : value
}

/** How a vocabulary spells a byte for what it lacks: `<0x0A>`. */
export function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`
}
