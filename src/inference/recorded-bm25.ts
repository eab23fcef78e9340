import { type Bm25Recipe, termsOf } from '../encoders/bm25-recipe.js'
import type { Side } from '../encoders/encoder.js'
import { InputError } from '../errors.js'
import { METADATA_KEY, type RecordedRecipe, recordedBm25 } from '../stores/collection-metadata.js'

/** BM25 as a text object asks for it; without a recipe where the server computes it. */
export interface WantedBm25 {
  readonly dialect: Bm25Recipe['dialect']
  readonly recipe: Bm25Recipe | null
}

/** Reads a collection's metadata. */
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
      return recorded === null ? [] : [...new Set(wanted.flatMap((each) => differencesOf(recorded, each, side)))]
    }
    if ((await differences()).length === 0) return
    this.#known.delete(collection)
    const found = await differences()
    if (found.length === 0) return
    throw new InputError(
      'COLLECTION_MISMATCH',
      `BM25 in collection "${collection}" was made differently: ${found.join('; ')}. Give the text object the options of the collection.`,
    )
  }

  #recorded(collection: string): Promise<Bm25Recipe | null> {
    let known = this.#known.get(collection)
    if (known === undefined) {
      known = this.#readMetadata(collection).then((metadata) => {
        const entry = metadata[METADATA_KEY]
        return typeof entry === 'object' && entry !== null ? recordedBm25(entry as RecordedRecipe) : null
      })
      this.#known.set(collection, known)
      known.catch(() => this.#known.delete(collection))
    }
    // a collection that cannot be asked for: the request itself will say what is wrong
    return known.catch(() => null)
  }
}

function differencesOf(recorded: Bm25Recipe, { dialect, recipe }: WantedBm25, side: Side): string[] {
  if (recorded.dialect !== dialect) return [`dialect: found "${recorded.dialect}", expected "${dialect}"`]
  if (recipe === null) return []
  const [found, wanted] = side === 'query' ? [termsOf(recorded), termsOf(recipe)] : [recorded, recipe]
  const names = [...new Set([...Object.keys(found), ...Object.keys(wanted)])]
  return names
    .map((name) => [name, JSON.stringify(found[name]), JSON.stringify(wanted[name])] as const)
    .filter(([, there, here]) => there !== here)
    .map(([name, there, here]) => `${name}: found ${there ?? 'the default'}, expected ${here ?? 'the default'}`)
}
