import type { PointId } from '../../../document.js'
import { StoreError } from '../../../errors.js'
import { given, requireIterable, requireObject } from '../../../options.js'
import type { FailedPoint } from '../../partial-upsert-error.js'
import type { Point, Retry } from '../../store.js'
import { RetryingSender, systemClock } from '../wire/retry.js'
import { pointsPath } from '../wire/server-calls.js'
import type { Transport } from '../wire/transport.js'
import { PointBatch } from './point-batch.js'
import { type BatchLimits, type BatchTarget, storeBatch } from './upload-batch.js'
import { UploadCheck } from './upload-check.js'
import { describeFailedPoints, UploadError } from './upload-error.js'
import { readUploadSettings, type UploadOptions, type UploadSettings } from './upload-options.js'

/** What several uploads have together. */
export interface SharedUpload {
  /** What they learn of the server's limits; it takes the place of `batchBytes` and `batchPoints`. */
  readonly limits?: BatchLimits
  /** Called for each request that is sent again, also by an upload that fails. */
  readonly onRetry?: (retry: Retry) => void
}

/** What an upload did. */
export interface UploadSummary {
  /** Points taken from the source. */
  readonly read: number
  readonly stored: number
  /** Points that were refused, by the check before sending or by the server. */
  readonly failed: readonly FailedPoint[]
  readonly requests: number
  readonly retries: number
  readonly bytesSent: number
}

/**
 * Stores a stream of points: batches cut by bytes and count, several requests in flight, failures tried again, refused points found by halving.
 * A later point of an id never overtakes an earlier one. Resolves at the end of the source, when every point of it is stored or named in `failed`.
 * @throws UploadError `UPLOAD_INCOMPLETE` given up, `UPLOAD_CANCELLED` by the signal: `failed` names every point that was read and is not stored
 * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @throws what the source throws, when the points read before are settled
 */
export async function uploadPoints(
  transport: Transport,
  collection: string,
  points: Iterable<Point> | AsyncIterable<Point>,
  options: UploadOptions = {},
  shared: SharedUpload = {},
): Promise<UploadSummary> {
  requireIterable('uploadPoints', 'points', points)
  const upload = new Upload(transport, collection, options, shared)
  try {
    for await (const point of points) {
      await upload.add(point)
      if (upload.isStopped) break
    }
  } catch (error) {
    await upload.finish().catch(() => {}) // the points are named by `onFailed`
    throw error
  }
  return upload.finish()
}

/** One run of {@link uploadPoints}. */
class Upload {
  readonly #sender: RetryingSender
  readonly #target: BatchTarget
  readonly #limits: BatchLimits
  readonly #settings: UploadSettings
  readonly #options: UploadOptions
  readonly #check: UploadCheck
  readonly #failed: FailedPoint[] = []
  readonly #inFlight = new Set<Promise<void>>()
  /** The request in flight that carries a point. */
  readonly #carriers = new Map<PointId, Promise<void>>()
  #batch: PointBatch
  #batchIds = new Set<PointId>()
  #read = 0
  #stored = 0
  #stopped: { readonly cause: unknown } | null = null

  constructor(transport: Transport, collection: string, options: UploadOptions, shared: SharedUpload) {
    const settings = readUploadSettings(options)
    const clock = options.clock ?? systemClock
    const { attempts, baseDelayMs, maxDelayMs, giveUpAfterMs, timeoutMs } = settings
    const deadline = clock.now() + settings.deadlineMs
    const policy = { attempts, baseDelayMs, maxDelayMs, giveUpAfterMs, deadline, clock }
    this.#sender = new RetryingSender(transport, { ...policy, ...given({ onRetry: shared.onRetry }) })
    const { signal, shardKey, ordering } = options
    const path = pointsPath(collection)
    this.#target = {
      sender: this.#sender,
      location: transport.location,
      path: `${path}?wait=${settings.wait}${ordering === undefined ? '' : `&ordering=${ordering}`}`,
      timeoutMs,
      ...given({ signal, shardKey }),
    }
    this.#check = new UploadCheck({ ...this.#target, path }, settings.checkTimeoutMs)
    this.#limits = shared.limits ?? { bytes: settings.batchBytes, points: settings.batchPoints }
    this.#batch = new PointBatch(undefined, shardKey, this.#limits.halves)
    this.#settings = settings
    this.#options = options
  }

  get isStopped(): boolean {
    return this.#stopped !== null
  }

  async add(point: Point): Promise<void> {
    requireObject('uploadPoints', `point ${this.#read}`, point)
    this.#read++
    const batch = this.#batch
    try {
      batch.add(point)
    } catch (error) {
      return this.#refuse(point.id, (error as Error).message)
    }
    const id = batch.ids.at(-1)!
    // What a server makes of one id twice in one request is not documented.
    if (batch.count > 1 && (batch.bodyBytes() > this.#limits.bytes || this.#batchIds.has(id))) {
      this.#begin(batch.splitLast())
      await this.#dispatch(batch)
    }
    this.#batchIds.add(id)
    if (this.#batch.count >= this.#limits.points) await this.flushOpen()
  }

  /** Sends what is open and waits for all that is in flight. */
  async flush(): Promise<void> {
    if (this.#batch.count > 0) await this.flushOpen()
    await Promise.all(this.#inFlight)
  }

  async flushOpen(): Promise<void> {
    const batch = this.#batch
    this.#begin(new PointBatch(batch.capacityBytes, this.#target.shardKey, this.#limits.halves))
    await this.#dispatch(batch)
  }

  async finish(): Promise<UploadSummary> {
    await this.flush()
    if (this.#stopped === null) await this.#confirm()
    if (this.#stopped !== null) {
      this.#disown(this.#check.takeUnchecked())
      const { cause } = this.#stopped
      const code = this.#options.signal?.aborted ? 'UPLOAD_CANCELLED' : 'UPLOAD_INCOMPLETE'
      const message = describeFailedPoints(this.#failed, this.#stored, this.#target.location)
      throw new UploadError(code, message, this.#failed, this.#stored, cause)
    }
    const { requests, retries, bytesSent } = this.#sender
    return { read: this.#read, stored: this.#stored, failed: this.#failed, requests, retries, bytesSent }
  }

  #begin(batch: PointBatch): void {
    this.#batch = batch
    this.#batchIds = new Set(batch.ids)
  }

  /** Resolves when the batch is on its way; at most `concurrency` are. */
  async #dispatch(batch: PointBatch): Promise<void> {
    while (this.#inFlight.size >= this.#settings.concurrency) await Promise.race(this.#inFlight)
    await Promise.all(batch.ids.map((id) => this.#carriers.get(id)))
    if ((this.#check.isDue || this.#check.isSampled(batch.ids)) && this.#stopped === null) {
      await Promise.all(this.#inFlight)
      await this.#confirm()
    }
    const carrier = this.#store(batch)
    this.#inFlight.add(carrier)
    for (const id of batch.ids) this.#carriers.set(id, carrier)
    void carrier.then(() => {
      this.#inFlight.delete(carrier)
      for (const id of batch.ids) this.#carriers.delete(id)
    })
  }

  /** Settles every point of the batch; never rejects. */
  async #store(batch: PointBatch): Promise<void> {
    const unsettled = new Set(batch.ids)
    const outcome = {
      stored: (begin: number, end: number, isApplied: boolean) => {
        const ids = batch.ids.slice(begin, end)
        for (const id of ids) unsettled.delete(id)
        this.#stored += ids.length
        if (isApplied) {
          this.#check.forget(ids)
          this.#options.onStored?.(ids)
        } else {
          this.#check.expect(ids, ids.at(-1)!, batch.readPoint(end - 1))
        }
      },
      refused: (id: PointId, reason: string) => {
        unsettled.delete(id)
        this.#refuse(id, reason)
      },
    }
    try {
      await storeBatch(this.#target, batch, this.#limits, outcome)
    } catch (error) {
      this.#stop(error)
    }
    const reason = this.#stopped?.cause
    for (const id of unsettled)
      this.#fail({ id, kind: 'unsent', reason: reason instanceof Error ? reason.message : String(reason) })
  }

  /** Points that were only written down so far: those that did not appear in time are not stored after all. */
  async #confirm(): Promise<void> {
    try {
      const { confirmed, missing } = await this.#check.run()
      if (confirmed.length > 0) this.#options.onStored?.(confirmed)
      this.#stored -= missing.length
      for (const point of missing) this.#fail(point)
      if (missing.length > 0) this.#stop(new StoreError('POINTS_MISSING', missing[0]!.reason))
    } catch (error) {
      this.#stop(error)
    }
  }

  /** Acknowledged, and never seen: what becomes of these is not known. */
  #disown(ids: readonly PointId[]): void {
    this.#stored -= ids.length
    const reason = 'the server acknowledged the point, but the upload ended before it was seen to be stored'
    for (const id of ids) this.#fail({ id, kind: 'unsent', reason })
  }

  #refuse(id: PointId, reason: string): void {
    this.#fail({ id, kind: 'refused', reason })
    const { maxRefused } = this.#settings
    if (this.#failed.length > maxRefused) {
      this.#stop(
        new StoreError('TOO_MANY_REFUSED', `More than ${maxRefused} points were refused; the last: ${reason}`, {
          status: 400,
        }),
      )
    }
  }

  #fail(point: FailedPoint): void {
    this.#failed.push(point)
    this.#check.forget([point.id])
    try {
      this.#options.onFailed?.(point)
    } catch (error) {
      this.#stop(error)
    }
  }

  /** The first reason counts. Requests in flight finish their try, but are not tried again. */
  #stop(cause: unknown): void {
    this.#stopped ??= { cause }
    this.#sender.stop()
  }
}
