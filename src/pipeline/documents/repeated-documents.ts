import type { PointId } from '../../document.js'

/** Ids that are known by name, and in the journals: about 10 MB. Documents beyond are compared and embedded in every run. */
const MAX_KNOWN = 100_000

/** An id that came more than once, and a record of the input that holds a later version than all that are passed for it. */
export type RepeatedDocument = readonly [key: PointId, record: number]

/**
 * Documents of an input whose id comes again later on. The last one wins, and so a run over the same input need not look at those before:
 * compared with the store, which holds the last one, each of them would be stored once more, and the last one after it.
 *
 * Of a stream nobody knows beforehand whether it is the same again: there a document of which a later version is expected is held back until
 * that comes, or the input ends.
 *
 * What is found is true of the input alone. To find too much does no harm: an id that came once has nothing before it that could be passed.
 */
export class RepeatedDocuments {
  /** Whether the input is the one that `known` was found of. */
  readonly isSureInput: boolean
  readonly #known: ReadonlyMap<PointId, number>
  #found = new Map<PointId, number>()
  #count: number

  /** @param known what was found of this very input before: the last record of each id, as far as it was seen */
  constructor(known: ReadonlyMap<PointId, number> = new Map(), isSureInput = true) {
    this.isSureInput = isSureInput
    this.#known = known
    this.#count = known.size
  }

  /** Whether a later record of the input is known to have the same id. */
  isReplaced(key: PointId, record: number): boolean {
    return (this.#known.get(key) ?? -1) > record
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
