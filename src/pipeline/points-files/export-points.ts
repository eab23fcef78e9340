import { InputError, StoreError } from '../../errors.js'
import { given } from '../../options.js'
import { METADATA_KEY } from '../../stores/collection-metadata.js'
import { parseVectors } from '../../stores/request/vector-input.js'
import type { CollectionDescription, Filter, StoredPoint } from '../../stores/store.js'
import type { TypedPoint } from '../../stores/typed-point.js'
import type { CollectionPlan, Method } from '../collection/collection-plan.js'
import type { StoredCollection } from '../collection/opened-collection.js'
import { namesOf } from '../collection/vector-naming.js'
import { type PointsRecipe, recipeOf, recipeVectors } from './points-recipe.js'

export interface ExportOptions {
  /** Methods (`dense`, `bm25`, `late`), or names of vectors. @default all */
  readonly vectors?: readonly string[]
  /** Only the points that match. @default all */
  readonly filter?: Filter
  /** Once aborted, nothing more is read. */
  readonly signal?: AbortSignal
}

/** A collection's points, and what they are. */
export interface ExportedPoints {
  readonly recipe: PointsRecipe
  /** How many there are. */
  readonly count: number
  /** In the order of their ids, in bounded memory. */
  readonly points: AsyncGenerator<TypedPoint[]>
}

/** Bytes of a page of points in memory, about: a page's size follows from that of the page before. */
const PAGE_BYTES = 8 * 1024 * 1024
const FIRST_PAGE_POINTS = 16
const MAX_PAGE_POINTS = 1024

/**
 * The points of a collection with their vectors as they are stored.
 * @throws StoreError `COLLECTION_MISSING`; InputError `VECTOR_UNKNOWN`
 */
export async function exportPoints(stored: StoredCollection, options: ExportOptions = {}): Promise<ExportedPoints> {
  const { store, collection } = stored
  const found = await store.describeCollection(collection)
  if (found === null) {
    throw new StoreError('COLLECTION_MISSING', `Expected collection "${collection}" in ${store.location}.`, {
      status: 404,
    })
  }
  const recipe = recipeOf(found, vectorNames(found, options.vectors, collection))
  const names = recipeVectors(recipe).map(({ name }) => name)
  return {
    recipe,
    count: options.filter === undefined ? found.points : await store.count(collection, options.filter),
    points: readPages(stored, names, options),
  }
}

function vectorNames(
  found: CollectionDescription,
  wanted: readonly string[] | undefined,
  collection: string,
): readonly string[] {
  const all = [...Object.keys(found.vectors), ...Object.keys(found.sparseVectors)]
  if (wanted === undefined) return all
  const recorded = found.metadata[METADATA_KEY] as { vectors?: CollectionPlan['vectors'] } | undefined
  return wanted.flatMap((name) => {
    // a method first: bm25 is the name of a vector, too
    const vectors = namesOf(recorded?.vectors?.[name as Method])
    if (vectors.length > 0) return vectors
    if (all.includes(name)) return name
    throw new InputError(
      'VECTOR_UNKNOWN',
      `Expected vectors of collection "${collection}" (${all.map((known) => JSON.stringify(known)).join(', ')}), got "${name}".`,
    )
  })
}

async function* readPages(
  { store, collection }: StoredCollection,
  names: readonly string[],
  { filter, signal }: ExportOptions,
): AsyncGenerator<TypedPoint[]> {
  let limit = FIRST_PAGE_POINTS
  let next: StoredPoint['id'] | null | undefined
  while (next !== null && signal?.aborted !== true) {
    const page = await store.scroll(collection, {
      // an unnamed vector cannot be asked for by its name
      vectors: names.includes('') ? true : names,
      limit,
      ...given({ filter, offset: next }),
    })
    const points = page.points.map((point) => toPoint(point, names))
    if (points.length > 0) {
      yield points
      const bytes = points.reduce((sum, point) => sum + pointBytes(point), 0)
      limit = Math.max(1, Math.min(MAX_PAGE_POINTS, Math.floor((PAGE_BYTES * points.length) / bytes)))
    }
    next = page.next
  }
}

function toPoint({ id, payload, vectors }: StoredPoint, names: readonly string[]): TypedPoint {
  const parsed = vectors === null ? {} : parseVectors(vectors, `point ${id}`)
  const wanted = Object.entries(parsed).filter(([name]) => names.includes(name))
  return { id, vectors: Object.fromEntries(wanted), payload: payload ?? {} }
}

/** About the memory that a point takes while it is read: numbers of JSON are 8 bytes. */
export function pointBytes({ vectors, payload }: TypedPoint): number {
  let bytes = 256
  for (const value of Object.values(payload)) bytes += typeof value === 'string' ? value.length : 64
  for (const vector of Object.values(vectors)) {
    if (vector instanceof Float32Array) bytes += 8 * vector.length
    else bytes += 'indices' in vector ? 16 * vector.indices.length : 8 * vector.values.length
  }
  return bytes
}
