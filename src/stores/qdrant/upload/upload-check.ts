import { isDeepStrictEqual } from 'node:util'
import type { PointId } from '../../../document.js'
import type { FailedPoint } from '../../partial-upsert-error.js'
import { isSamePayload } from '../../same-payload.js'
import { readResult } from '../wire/answer.js'
import type { SentPoint } from './point-batch.js'
import type { BatchTarget } from './upload-batch.js'

/** Ids of one count. */
const COUNTED_IDS = 1000
/** Points of one request that reads whole points back. */
const READ_POINTS = 16

/** So much is remembered before it is checked: memory does not grow with the upload. */
const MAX_IDS = 10_000
const MAX_SAMPLES = 64
const MAX_SAMPLE_BYTES = 32_000_000

const FIRST_POLL_MS = 50
const LAST_POLL_MS = 2000

interface ReadBack {
  readonly id: PointId
  readonly payload: unknown
  readonly vector: unknown
}

/**
 * What a server has written down and not yet applied. Qdrant answers `acknowledged` when a request is in its log; a request that turns out wrong only when
 * it is applied (a vector that the collection does not have) vanishes without a word, and vanishes whole. So every id is counted until it is there, and
 * one point of each request, which may have replaced an older one, is read back: payload and vector names must be those that were sent.
 */
export class UploadCheck {
  readonly #target: BatchTarget
  readonly #timeoutMs: number
  /** The sampled point of the last request that brought each id. */
  readonly #expected = new Map<PointId, PointId>()
  readonly #samples = new Map<PointId, SentPoint>()
  #sampleBytes = 0

  /**
   * @param target `path` is `/collections/{name}/points`
   * @param timeoutMs time in which nothing more appears before what is missing is given up
   */
  constructor(target: BatchTarget, timeoutMs: number) {
    this.#target = target
    this.#timeoutMs = timeoutMs
  }

  /** Whether enough waits to be looked at. */
  get isDue(): boolean {
    return this.#expected.size >= MAX_IDS || this.#samples.size >= MAX_SAMPLES || this.#sampleBytes >= MAX_SAMPLE_BYTES
  }

  /** Whether one of the points stands for its request: it has to be looked at before it is replaced. */
  isSampled(ids: readonly PointId[]): boolean {
    return ids.some((id) => this.#samples.has(id))
  }

  /** The points of one request, and the one that stands for it. */
  expect(ids: readonly PointId[], sampled: PointId, sample: SentPoint): void {
    for (const id of ids) this.#expected.set(id, sampled)
    this.#samples.set(sampled, sample)
    this.#sampleBytes += sample.bytes
  }

  /** Nothing is known any more of points that were refused, or nothing is owed of points that are stored. */
  forget(ids: Iterable<PointId>): void {
    for (const id of ids) {
      this.#expected.delete(id)
      this.#samples.delete(id)
    }
  }

  /** The ids that were not looked at, which are forgotten. */
  takeUnchecked(): PointId[] {
    const ids = [...this.#expected.keys()]
    this.#expected.clear()
    this.#samples.clear()
    this.#sampleBytes = 0
    return ids
  }

  /** Waits until every expected point is there, or names those that are not; then nothing is expected any more. */
  async run(): Promise<{ confirmed: PointId[]; missing: FailedPoint[] }> {
    const missing = new Map<PointId, string>()
    for (const ids of inPieces([...this.#expected.keys()], COUNTED_IDS)) {
      const all = await this.#poll(ids.length, () => this.#count(ids))
      if (all) continue
      const found = new Set((await this.#read(ids, false)).map((point) => point.id))
      for (const id of ids)
        if (!found.has(id)) missing.set(id, 'the server acknowledged the point, but it did not appear')
    }
    // a request that did not bring its new points did not replace the old ones either
    const vanished = new Set(Array.from(missing.keys(), (id) => this.#expected.get(id)!))
    for (const ids of inPieces([...this.#samples.keys()], READ_POINTS)) {
      const sampled = ids.filter((id) => !vanished.has(id))
      let different: PointId[] = []
      await this.#poll(sampled.length, async () => {
        const readBack = new Map((await this.#read(sampled, true)).map((point) => [point.id, point]))
        different = sampled.filter((id) => !isSamePoint(this.#samples.get(id)!, readBack.get(id)))
        return sampled.length - different.length
      })
      for (const id of different) vanished.add(id)
    }
    for (const [id, sampled] of this.#expected) {
      if (!vanished.has(sampled) || missing.has(id)) continue
      missing.set(
        id,
        `the server acknowledged the point, but what it gives back of its request (${sampled}) is another`,
      )
    }
    return {
      confirmed: this.takeUnchecked().filter((id) => !missing.has(id)),
      missing: Array.from(missing, ([id, reason]) => ({ id, reason, kind: 'unsent' as const })),
    }
  }

  /** Asks until all are there, or for a time none has come: a server that works through a long log is waited for. */
  async #poll(wanted: number, count: () => Promise<number>): Promise<boolean> {
    const { clock } = this.#target.sender.policy
    let most = -1
    let giveUpAt = 0
    for (let delayMs = FIRST_POLL_MS; ; delayMs = Math.min(delayMs * 2, LAST_POLL_MS)) {
      const found = await count()
      if (found >= wanted) return true
      if (found > most) {
        most = found
        giveUpAt = clock.now() + this.#timeoutMs
      }
      if (clock.now() + delayMs > giveUpAt) return false
      await clock.sleep(delayMs, this.#target.signal)
    }
  }

  async #count(ids: readonly PointId[]): Promise<number> {
    return (await this.#post<{ count: number }>('/count', { exact: true, filter: { must: [{ has_id: ids }] } })).count
  }

  async #read(ids: readonly PointId[], isWhole: boolean): Promise<ReadBack[]> {
    return ids.length === 0 ? [] : this.#post<ReadBack[]>('', { ids, with_payload: isWhole, with_vector: isWhole })
  }

  async #post<T>(path: string, body: object): Promise<T> {
    const { sender, location, timeoutMs, signal } = this.#target
    const answer = await sender.send({
      method: 'POST',
      path: this.#target.path + path,
      body: [Buffer.from(JSON.stringify({ ...body, shard_key: this.#target.shardKey }))],
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    })
    return readResult<T>(answer, location)
  }
}

/** Vectors come back normalized or in fewer bits, so their names are compared; payloads come back as they are. */
function isSamePoint(sent: SentPoint, got: ReadBack | undefined): boolean {
  if (got === undefined || !isSamePayload(got.payload, sent.payload)) return false
  const gotNames = Array.isArray(got.vector) ? [''] : Object.keys(got.vector ?? {})
  return isDeepStrictEqual([...sent.vectorNames].sort(), gotNames.sort())
}

function* inPieces<T>(list: readonly T[], size: number): Generator<T[]> {
  for (let begin = 0; begin < list.length; begin += size) yield list.slice(begin, begin + size)
}
