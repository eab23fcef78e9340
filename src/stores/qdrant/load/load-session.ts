import type { PointId } from '../../../document.js'
import { StoreError } from '../../../errors.js'
import type { FailedPoint } from '../../partial-upsert-error.js'
import { parsePointId } from '../../request/point-id.js'
import type { Point } from '../../store.js'
import type { UploadSummary } from '../upload/upload.js'
import type { BatchLimits } from '../upload/upload-batch.js'
import { describeFailedPoints, UploadError } from '../upload/upload-error.js'
import type { UploadOptions } from '../upload/upload-options.js'
import { checkPoints, upsertByUpload } from '../upload/upsert-by-upload.js'
import type { VectorShape } from '../wire/collection-shape.js'
import type { BulkLoad } from './bulk-load.js'

/** Requests in flight of one upsert; as many upserts as the store takes at once run beside it. */
export const LOAD_CONCURRENCY = 2

/** Ids of a load that are looked for at its end: a random sample of all, and the last ones. */
const SAMPLED_IDS = 1000
const LAST_IDS = 4096

/** What a load needs of its store. */
export interface LoadCalls {
  readonly location: string
  readonly random: () => number
  readonly limits: BatchLimits
  upload(points: Iterable<Point>, options: UploadOptions, limits: BatchLimits): Promise<UploadSummary>
  /** Those of the ids that have a point. */
  findIds(ids: readonly PointId[]): Promise<PointId[]>
}

/**
 * The upserts between `beginLoad` and `endLoad`. The server only writes the points down (`wait: false`), so that requests follow one another at once; an upsert
 * resolves when all its ids are counted and one point of each request is read back. What was acknowledged and did not appear is sent again, waiting for the answer.
 */
export class LoadSession {
  readonly bulk: BulkLoad
  readonly #calls: LoadCalls
  readonly #shape: VectorShape
  readonly #sample: PointId[] = []
  #last: PointId[] = []
  #stored = 0

  constructor(calls: LoadCalls, shape: VectorShape, bulk: BulkLoad) {
    this.#calls = calls
    this.#shape = shape
    this.bulk = bulk
  }

  /** @throws what {@link checkPoints} and {@link upsertByUpload} throw */
  async upsert(points: readonly Point[]): Promise<void> {
    const typed = checkPoints(points, this.#shape)
    // without its lease the graphs come back early, which only costs time
    await this.bulk.renew().catch(() => {})
    const { location, limits } = this.#calls
    const upload = (list: readonly Point[], wait: boolean) =>
      upsertByUpload(list, location, (source) =>
        this.#calls.upload(source, { concurrency: LOAD_CONCURRENCY, wait }, limits),
      )
    let failed = await failuresOf(upload(typed, false))
    const missing = new Set(failed.flatMap(({ id, kind }) => (kind === 'unsent' ? [id] : [])))
    if (missing.size > 0) {
      const again = typed.filter(({ id }) => missing.has(parsePointId(id)))
      failed = [...failed.filter(({ kind }) => kind === 'refused'), ...(await failuresOf(upload(again, true)))]
    }
    const lost = new Set(failed.map(({ id }) => parsePointId(id)))
    this.#remember(points.map(({ id }) => parsePointId(id)).filter((id) => !lost.has(id)))
    if (failed.length === 0) return
    const stored = points.length - failed.length
    throw new UploadError('UPLOAD_INCOMPLETE', describeFailedPoints(failed, stored, location), failed, stored)
  }

  /** Deleted points are not missed at the end. */
  forget(ids: readonly PointId[]): void {
    const gone = new Set(ids.map(parsePointId))
    this.#last = this.#last.filter((id) => !gone.has(id))
    const kept = this.#sample.filter((id) => !gone.has(id))
    this.#sample.splice(0, this.#sample.length, ...kept)
  }

  /**
   * Looks for points that were stored since the last time when all were there.
   * @throws UploadError `UPLOAD_INCOMPLETE` naming the points that were stored and are there no longer
   */
  async verify(): Promise<void> {
    const ids = [...new Set([...this.#sample, ...this.#last])]
    const found = new Set(await this.#calls.findIds(ids))
    const reason = 'it was stored in this load, and is not there at its end'
    const failed = ids.filter((id) => !found.has(id)).map((id) => ({ id, reason, kind: 'unsent' as const }))
    if (failed.length === 0) {
      this.forget(ids)
      this.#stored = this.#sample.length
      return
    }
    const stored = this.#stored - failed.length
    const message = describeFailedPoints(failed, stored, this.#calls.location)
    throw new UploadError('UPLOAD_INCOMPLETE', message, failed, stored, new StoreError('POINTS_MISSING', reason))
  }

  #remember(ids: readonly PointId[]): void {
    for (const id of ids) {
      this.#stored++
      if (this.#sample.length < SAMPLED_IDS) this.#sample.push(id)
      else {
        const slot = Math.floor(this.#calls.random() * this.#stored)
        if (slot < SAMPLED_IDS) this.#sample[slot] = id
      }
    }
    this.#last = [...this.#last, ...ids].slice(-LAST_IDS)
  }
}

/**
 * The points that an upload left out for what they are, or that were acknowledged and did not appear.
 * @throws what else may have ended it: a server that is gone will not take them a second time
 */
async function failuresOf(upload: Promise<void>): Promise<readonly FailedPoint[]> {
  try {
    await upload
    return []
  } catch (error) {
    if (!(error instanceof UploadError)) throw error
    const { cause } = error
    const isMissing = cause instanceof StoreError && cause.code === 'POINTS_MISSING'
    if (!isMissing && !error.isRefusal) throw error
    return error.failed
  }
}
