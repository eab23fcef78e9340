import { segmenterOf } from '../../encoders/bm25/bm25-options.js'
import type { InputRecord } from '../../inputs/input-record.js'
import type { CollectionPlan } from '../../pipeline/collection/collection-plan.js'
import { recordedBm25 } from '../../stores/collection-metadata.js'
import { isMostlyUnspaced } from '../../tokenizers/words/segmented-words.js'
import { countOf } from '../shared/terminal.js'

/** Counts the documents that BM25 cannot find by their words, because nothing cuts their script into words. */
export class UnsegmentedTexts {
  #count = 0
  readonly #isLooking: boolean

  constructor({ vectors, spec: { bm25 } }: CollectionPlan) {
    const isBm25 = recordedBm25({ vectors, bm25: bm25 ?? null }) !== null
    this.#isLooking = isBm25 && bm25?.dialect !== 'qdrant' && segmenterOf(bm25 ?? {}) === undefined
  }

  get count(): number {
    return this.#count
  }

  /** The records, looked at on their way. */
  async *watch(records: AsyncIterable<InputRecord[]>): AsyncGenerator<InputRecord[]> {
    for await (const batch of records) {
      if (this.#isLooking) {
        for (const record of batch)
          if (record.kind === 'document' && isMostlyUnspaced(record.document.text)) this.#count += 1
      }
      yield batch
    }
  }

  /** What a user should know; null where there is nothing. */
  describe(): string | null {
    if (this.#count === 0) return null
    const are = countOf(this.#count, 'document is', 'documents are')
    return `${are} mostly in a script without spaces between words, which BM25 was not told to cut: it hardly finds them. --language chinese, japanese or thai cuts it (or --segmenter ngrams), --restart makes a collection anew`
  }
}
