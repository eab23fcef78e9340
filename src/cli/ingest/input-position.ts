import { stat } from 'node:fs/promises'
import type { Place } from '../../inputs/input-record.js'

/** How far a run has come, by bytes; unknown for stdin, directories and compressed or columnar files. */
export class InputPosition {
  /** File → its size, in the order in which they are read. */
  readonly #sizes: ReadonlyMap<string, number>

  private constructor(sizes: ReadonlyMap<string, number>) {
    this.#sizes = sizes
  }

  static async of(sources: readonly string[]): Promise<InputPosition> {
    const sizes = new Map<string, number>()
    for (const source of sources) {
      const found = /\.(jsonl|ndjson|csv|tsv)$/i.test(source) ? await stat(source).catch(() => null) : null
      if (found === null || !found.isFile()) return new InputPosition(new Map())
      sizes.set(source, found.size)
    }
    return new InputPosition(sizes)
  }

  /** The share that lies before a place, 0 … 1; null where it is not known. */
  fractionAt(place: Place | null): number | null {
    if (place === null || !this.#sizes.has(place.file)) return null
    let total = 0
    let before = 0
    for (const [file, size] of this.#sizes) {
      if (file === place.file) before = total + (place.byteOffset ?? 0)
      total += size
    }
    // offsets of text that was decoded are of its UTF-8
    return total === 0 ? null : Math.min(1, before / total)
  }
}
