import type { PointId } from '../document.js'
import { hashPointId } from './hash-point-id.js'

/** 8 MiB, whatever the input's size: among 10 million ids one in 25 is taken for one that came before. */
const FILTER_BITS = 2 ** 26
const FILTER_HASHES = 4
/** Ids that are known by name, and in the journals: about 10 MB. Documents beyond are compared and embedded in every run. */
const MAX_KNOWN = 100_000

/** An id that came more than once, and a record of the input that holds a later version than all that are passed for it. */
export type RepeatedDocument = readonly [key: PointId, record: number]

/**
 * Documents of an input whose id comes again later on. The last one wins, and so a run over the same input need not look at those before:
 * compared with the store, which holds the last one, each of them would be stored once more, and the last one after it.
 *
 * What is found is true of the input alone. To find too much does no harm: an id that came once has nothing before it that could be passed.
 * That allows for a Bloom filter in place of a set of all ids.
 * @see https://doi.org/10.1145/362686.362692 Bloom; https://doi.org/10.1002/rsa.20208 for many hashes out of two
 */
export class RepeatedDocuments {
  readonly #known: ReadonlyMap<PointId, number>
  readonly #filter = new Uint32Array(FILTER_BITS / 32)
  #found = new Map<PointId, number>()
  #count: number

  /** @param known what was found of this very input before: the last record of each id, as far as it was seen */
  constructor(known: ReadonlyMap<PointId, number> = new Map()) {
    this.#known = known
    this.#count = known.size
  }

  /** Whether a later record of the input is known to have the same id. */
  isReplaced(key: PointId, record: number): boolean {
    return (this.#known.get(key) ?? -1) > record
  }

  /** @returns whether the id came before, or, rarely, seems to have come */
  see(key: PointId): boolean {
    const [first, step] = hashPointId(key)
    let isThere = true
    for (let i = 0; i < FILTER_HASHES; i++) {
      const bit = (first + i * step) % FILTER_BITS
      const word = bit >>> 5
      const mask = 1 << (bit & 31)
      if ((this.#filter[word]! & mask) === 0) isThere = false
      this.#filter[word]! |= mask
    }
    return isThere
  }

  /** A document whose id came before was stored in the place of the earlier one. */
  add(key: PointId, record: number): void {
    if (!this.#found.has(key)) {
      if (this.#count >= MAX_KNOWN) return
      this.#count += 1
    }
    this.#found.set(key, Math.max(record, this.#found.get(key) ?? 0))
  }

  /** What was found since the last call. */
  takeFound(): RepeatedDocument[] {
    const found = [...this.#found]
    this.#found = new Map()
    return found
  }
}
