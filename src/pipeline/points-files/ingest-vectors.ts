import type { PointId } from '../../document.js'
import { InputError, OffgridError, StoreError, VectorError } from '../../errors.js'
import type { Place, RejectedRecord } from '../../inputs/input-record.js'
import { ParquetThread } from '../../inputs/parquet/parquet-thread.js'
import { tryInHalves } from '../../pool/try-in-halves.js'
import { PartialUpsertError } from '../../stores/partial-upsert-error.js'
import { checkFits } from '../../stores/point-check.js'
import type { CollectionDescription } from '../../stores/store.js'
import { makeAnew, putBackAliases } from '../collection/made-anew.js'
import type { StoredCollection } from '../collection/opened-collection.js'
import type { Rejection } from '../documents/good-documents.js'
import { PointIdSet } from '../documents/point-id-set.js'
import { UpsertBatches } from '../runs/upsert-batches.js'
import { type UpsertWatcher, watchedUpsert } from '../runs/upsert-window.js'
import { pointBytes } from './export-points.js'
import { type PointsRecipe, requireSameRecipe } from './points-recipe.js'
import { type PlacedPoint, type PointsFile, readPoints } from './read-points-file.js'

export interface StoredVectors {
  /** Points that were stored; one that was then written over is counted once. */
  readonly points: number
  /** Points that were written over by a later one of the file with the same id. */
  readonly repeated: number
  /** Points that were left out. */
  readonly failed: number
  readonly seconds: number
  /** Where the last point that was handled stands; null before the first. */
  readonly place: Place | null
}

export interface IngestVectorsOptions {
  /** Called once the file can be read, before the collection is looked at. @returns names that are to stand for the collection that is made then */
  readonly beforePrepare?: (() => Promise<readonly string[]>) | undefined
  /** Called for each point that is left out. */
  readonly onRejected?: (rejection: Rejection) => void
  /** Called after each stored batch. */
  readonly onProgress?: (progress: StoredVectors) => void
  /** Called after each upsert. */
  readonly onUpsert?: UpsertWatcher
  /** Once aborted, nothing more is read; what was read is stored. */
  readonly signal?: AbortSignal
}

/** Ids that are known again, 13 to 27 bytes each: beyond, one that comes again counts as stored. */
const MAX_KNOWN = 10_000_000
/** As for documents: longest time without progress in a damaged file. */
const PARQUET_STALL_MS = 30_000

/**
 * Stores the points of a file that `export` or `embed` wrote, their vectors bit for bit as they are: nothing is computed.
 * The collection is made as the file's recipe says where it is not there. A point that does not fit is rejected with its place and
 * reason, and the run goes on; a second run stores the same points again.
 * @throws InputError `INPUT_NOT_FOUND`, `NOT_A_POINTS_FILE`, `COLLECTION_MISMATCH`; StoreError when the store fails
 */
export async function ingestVectors(
  file: string,
  stored: StoredCollection,
  options: IngestVectorsOptions = {},
): Promise<StoredVectors & { readonly interrupted: boolean }> {
  const { store, collection } = stored
  const { beforePrepare, onRejected, onProgress, onUpsert, signal } = options
  const started = performance.now()
  const totals = { points: 0, repeated: 0, failed: 0 }
  const seen = new PointIdSet()
  let place: Place | null = null
  const progress = (): StoredVectors => ({ ...totals, seconds: (performance.now() - started) / 1000, place })
  const reject = (rejection: Rejection) => {
    totals.failed += 1
    onRejected?.(rejection)
  }
  const count = (id: PointId) => {
    if (seen.has(id)) totals.repeated += 1
    else totals.points += 1
    if (seen.size < MAX_KNOWN) seen.add(id)
  }
  const thread = new ParquetThread(PARQUET_STALL_MS)
  let opened: PointsFile | null = null
  try {
    opened = await readPoints(file, thread)
    const { recipe, points } = opened
    const aliases = (await beforePrepare?.()) ?? []
    const found = await openCollection(stored, recipe, aliases)
    const storePoints = async (placed: readonly PlacedPoint[]) => {
      const points = placed.map(({ point }) => point)
      await watchedUpsert(stored, points, onUpsert)
      return []
    }
    const batches = new UpsertBatches<PlacedPoint>({
      streams: store.upsertStreams,
      idOf: ({ point }) => point.id,
      bytesOf: ({ point }) => pointBytes(point),
      upsert: async (batch) => {
        const refused = await tryInHalves<PlacedPoint, Rejection>(batch, storePoints, isRefusal, refusalOf)
        for (const rejection of refused) reject(rejection)
        const left = new Set(refused.map(({ place }) => place))
        for (const { point, place } of batch) if (!left.has(place)) count(point.id)
        place = batch.at(-1)?.place ?? place
        onProgress?.(progress())
      },
    })
    await store.beginLoad(collection)
    try {
      for await (const records of points) {
        if (signal?.aborted === true) break
        for (const record of records) {
          const checked = record.kind === 'point' ? checkAgainst(record, found) : toRejection(record)
          if ('kind' in checked) await batches.add(checked)
          else reject(checked)
        }
      }
      await batches.flush()
    } finally {
      await batches.idle()
    }
    if (signal?.aborted !== true) await store.endLoad(collection)
    return { ...progress(), interrupted: signal?.aborted === true }
  } finally {
    await opened?.close()
    await thread.close()
  }
}

async function openCollection(
  { store, collection }: StoredCollection,
  recipe: PointsRecipe,
  aliases: readonly string[],
): Promise<CollectionDescription> {
  let found = await store.describeCollection(collection)
  if (found !== null) await putBackAliases(store, collection, found.metadata)
  else {
    await makeAnew(store, collection, recipe.config, aliases)
    found = await store.describeCollection(collection)
  }
  if (found === null) throw new StoreError('COLLECTION_MISSING', `Collection "${collection}" was made, but is gone.`)
  requireSameRecipe(found, recipe, `Collection "${collection}" in ${store.location}`)
  return found
}

/** The point if the collection takes its vectors, else why not. */
function checkAgainst(placed: PlacedPoint, found: CollectionDescription): PlacedPoint | Rejection {
  try {
    checkFits(placed.point, found)
    return placed
  } catch (error) {
    if (error instanceof OffgridError && isRefusal(error)) return refusalOf(placed, error)
    throw error
  }
}

function toRejection({ place, code, reason }: RejectedRecord): Rejection {
  return { place, id: null, code, reason }
}

function refusalOf({ point, place }: PlacedPoint, error: OffgridError): Rejection {
  return { place, id: point.id, code: error.code, reason: error.message }
}

/** What says that a point is wrong, not that the store is. */
function isRefusal(error: OffgridError): boolean {
  if (error instanceof PartialUpsertError) return error.isRefusal
  return (
    error instanceof VectorError ||
    error instanceof InputError ||
    (error instanceof StoreError && (error.code === 'REQUEST_REFUSED' || error.code === 'VECTOR_UNKNOWN'))
  )
}
