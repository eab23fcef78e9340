import type { Bm25Recipe } from '../encoders/bm25/bm25-recipe.js'
import type { Side } from '../encoders/encoder.js'
import { getOrOpen } from '../get-or-make.js'
import { bm25Differences, bm25Mismatch, readRecordedBm25, type WantedBm25 } from '../stores/collection-metadata.js'

type ReadMetadata = (collection: string) => Promise<Readonly<Record<string, unknown>>>

/**
 * Holds the BM25 options of texts against those with which `offgrid ingest` filled a collection: terms of two dialects or languages never
 * meet. Of a collection that was filled otherwise nothing is written down, and nothing is refused.
 */
export class RecordedBm25 {
  readonly #readMetadata: ReadMetadata
  readonly #known = new Map<string, Promise<Bm25Recipe | null>>()

  constructor(readMetadata: ReadMetadata) {
    this.#readMetadata = readMetadata
  }

  /**
   * Asks for a collection's metadata once; again before it refuses, since the collection may be another one by then.
   * @throws InputError `COLLECTION_MISMATCH` naming each option that differs
   */
  async require(collection: string, wanted: readonly WantedBm25[], side: Side): Promise<void> {
    if (wanted.length === 0) return
    const differences = async () => {
      const recorded = await this.#recorded(collection)
      return recorded === null ? [] : [...new Set(wanted.flatMap((each) => bm25Differences(recorded, each, side)))]
    }
    if ((await differences()).length === 0) return
    this.#known.delete(collection)
    const found = await differences()
    if (found.length === 0) return
    throw bm25Mismatch(collection, found, 'Give the text object the options of the collection.')
  }

  #recorded(collection: string): Promise<Bm25Recipe | null> {
    const known = getOrOpen(this.#known, collection, async () => readRecordedBm25(await this.#readMetadata(collection)))
    // a collection that cannot be asked for: the request itself will say what is wrong
    return known.catch(() => null)
  }
}
