import type { Bm25Options } from '../encoders/bm25/bm25-options.js'
import { type Bm25Recipe, resolveBm25Options, termsOf } from '../encoders/bm25/bm25-recipe.js'
import type { Side } from '../encoders/encoder.js'
import { InputError } from '../errors.js'

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

/** BM25 as somebody asks for it; without a recipe where a server computes it, whose options are not known here. */
export interface WantedBm25 {
  readonly dialect: Bm25Recipe['dialect']
  readonly recipe: Bm25Recipe | null
}

/** BM25's options in a collection's metadata; null where nothing is written down. */
export function readRecordedBm25(metadata: Readonly<Record<string, unknown>> | null | undefined): Bm25Recipe | null {
  const entry = metadata?.[METADATA_KEY]
  return typeof entry === 'object' && entry !== null ? recordedBm25(entry as RecordedRecipe) : null
}

/** What differs between the BM25 of a collection and the one that is asked for; a query's terms do not depend on k, b and avgLen. */
export function bm25Differences(recorded: Bm25Recipe, { dialect, recipe }: WantedBm25, side: Side): string[] {
  if (recorded.dialect !== dialect) return [`dialect: found "${recorded.dialect}", expected "${dialect}"`]
  if (recipe === null) return []
  const [found, wanted] = side === 'query' ? [termsOf(recorded), termsOf(recipe)] : [recorded, recipe]
  const names = [...new Set([...Object.keys(found), ...Object.keys(wanted)])]
  return names
    .map((name) => [name, JSON.stringify(found[name]), JSON.stringify(wanted[name])] as const)
    .filter(([, there, here]) => there !== here)
    .map(([name, there, here]) => `${name}: found ${there ?? 'the default'}, expected ${here ?? 'the default'}`)
}

/** The refusal of BM25 that does not fit what is stored. */
export function bm25Mismatch(collection: string, differences: readonly string[], advice: string): InputError {
  return new InputError(
    'COLLECTION_MISMATCH',
    `BM25 in collection "${collection}" was made differently: ${differences.join('; ')}. ${advice}`,
  )
}
