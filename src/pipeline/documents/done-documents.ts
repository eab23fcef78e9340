import type { PointId } from '../../document.js'
import { PointIdSet } from './point-id-set.js'

/** What became of the last version of a document. */
export type DocumentEnd = 'stored' | 'unchanged'

/** Documents whose ids are remembered: 134 MB. Beyond, a document whose id comes again counts as one more that is stored. */
const MAX_REMEMBERED = 10_000_000

/** The documents of a run that are done with: what tells a document whose id comes again from one that is new. */
export class DoneDocuments {
  readonly #stored = new PointIdSet()
  readonly #unchanged = new PointIdSet()

  /** @returns what became of the version before, null where this is the first that came well through */
  end(key: PointId, how: DocumentEnd): DocumentEnd | null {
    const before = this.#stored.has(key) ? 'stored' : this.#unchanged.has(key) ? 'unchanged' : null
    const isNew = before === null || (before === 'unchanged' && how === 'stored')
    if (isNew && this.#stored.size + this.#unchanged.size < MAX_REMEMBERED) {
      const set = how === 'stored' ? this.#stored : this.#unchanged
      set.add(key)
    }
    return before
  }
}
