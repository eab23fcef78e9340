import type { Bm25Options } from '../encoders/bm25.js'
import { type Bm25Recipe, resolveBm25Options } from '../encoders/bm25-recipe.js'

/** Key of offgrid's entry in a collection's metadata: how its vectors were made. */
export const METADATA_KEY = 'offgrid'

/** The model that a Qdrant server has built in, and FastEmbed by the same name. */
const BM25_MODEL = 'qdrant/bm25'

/** What `offgrid ingest` writes down of a collection, as far as it is read here. */
export interface RecordedRecipe {
  readonly vectors?: { readonly bm25?: { readonly vector: string; readonly model: string } }
  /** Null in collections of the time when there was nothing to choose. */
  readonly bm25?: Bm25Options | null
}

/** BM25's options of a collection with nothing left to a default; null where it has no BM25 vectors. */
export function recordedBm25({ vectors, bm25 }: RecordedRecipe): Bm25Recipe | null {
  const isOurs = vectors?.bm25?.model.toLowerCase() === BM25_MODEL
  return isOurs || (bm25 !== null && bm25 !== undefined) ? resolveBm25Options(bm25 ?? {}) : null
}
