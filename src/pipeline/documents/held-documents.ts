import type { PointId } from '../../document.js'
import type { PlacedDocument } from './good-documents.js'

/** Texts that are held back, in UTF-16 units: what does not fit is not held. */
const MAX_UNITS = 32 * 1024 * 1024

/** Documents of which a later version is expected, the last of each id. */
export class HeldDocuments {
  readonly #held = new Map<PointId, PlacedDocument>()
  #units = 0

  /** @returns whether there is room for it */
  hold(key: PointId, placed: PlacedDocument): boolean {
    const { length } = placed.document.text
    if (this.#units + length > MAX_UNITS) return false
    this.#held.set(key, placed)
    this.#units += length
    return true
  }

  /** The one that is held, which is held no longer. */
  take(key: PointId): PlacedDocument | undefined {
    const placed = this.#held.get(key)
    if (placed === undefined) return undefined
    this.#held.delete(key)
    this.#units -= placed.document.text.length
    return placed
  }

  takeAll(): PlacedDocument[] {
    const all = [...this.#held.values()]
    this.#held.clear()
    this.#units = 0
    return all
  }
}
