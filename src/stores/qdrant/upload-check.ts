import { isDeepStrictEqual } from 'node:util'
import type { PointId } from '../../document.js'
import type { Point } from '../store.js'
import { readResult } from './answer.js'
import type { BatchTarget } from './upload-batch.js'
import type { FailedPoint } from './upload-error.js'

/** Ids of one count. */
const COUNTED_IDS = 1000

const FIRST_POLL_MS = 50
const LAST_POLL_MS = 2000

interface ReadBack {
  readonly id: PointId
  readonly payload: unknown
  readonly vector: unknown
}

/**
 * The end of an upload that did not wait. Qdrant answers `acknowledged` when a request is in its log; a request that turns out wrong only when it is
 * applied (a vector that the collection does not have) vanishes without a word. So every id is counted until it is there, and the sampled points,
 * which may have replaced older ones, are read back: payload and vector names must be those that were sent.
 */
export class UploadCheck {
  readonly #target: BatchTarget
  readonly #timeoutMs: number
  readonly #sampleSize: number
  readonly #expected = new Set<PointId>()
  readonly #sample = new Map<PointId, Point>()
  #seen = 0

  /** @param target `path` is `/collections/{name}/points` */
  constructor(target: BatchTarget, timeoutMs: number, sampleSize: number) {
    this.#target = target
    this.#timeoutMs = timeoutMs
    this.#sampleSize = sampleSize
  }

  /** Reservoir sampling: each id of the upload is in the sample with the same chance, with its latest point. */
  sample(id: PointId, point: Point): void {
    this.#seen++
    if (this.#sample.size < this.#sampleSize || this.#sample.has(id)) {
      this.#sample.set(id, point)
      return
    }
    const slot = Math.floor(this.#target.sender.policy.clock.random() * this.#seen)
    if (slot >= this.#sampleSize) return
    this.#sample.delete([...this.#sample.keys()][slot]!)
    this.#sample.set(id, point)
  }

  expect(ids: readonly PointId[]): void {
    for (const id of ids) this.#expected.add(id)
  }

  forget(id: PointId): void {
    this.#expected.delete(id)
    this.#sample.delete(id)
  }

  /** Waits until every expected point is there, or names those that are not. */
  async run(): Promise<{ confirmed: PointId[]; missing: FailedPoint[] }> {
    const ids = [...this.#expected]
    const missing = new Map<PointId, string>()
    const giveUpAt = this.#target.sender.policy.clock.now() + this.#timeoutMs
    for (let begin = 0; begin < ids.length; begin += COUNTED_IDS) {
      const chunk = ids.slice(begin, begin + COUNTED_IDS)
      if (await this.#poll(giveUpAt, async () => (await this.#count(chunk)) === chunk.length)) continue
      const found = new Set((await this.#read(chunk, false)).map((point) => point.id))
      for (const id of chunk)
        if (!found.has(id)) missing.set(id, 'the server acknowledged the point, but it did not appear')
    }
    const sampled = [...this.#sample.keys()].filter((id) => this.#expected.has(id) && !missing.has(id))
    let different: PointId[] = []
    const isSame = await this.#poll(giveUpAt, async () => {
      const readBack = new Map((await this.#read(sampled, true)).map((point) => [point.id, point]))
      different = sampled.filter((id) => !isSamePoint(this.#sample.get(id)!, readBack.get(id)))
      return different.length === 0
    })
    if (!isSame)
      for (const id of different)
        missing.set(id, 'the server acknowledged the point, but what it gives back is another')
    return {
      confirmed: ids.filter((id) => !missing.has(id)),
      missing: Array.from(missing, ([id, reason]) => ({ id, reason, kind: 'unsent' as const })),
    }
  }

  async #poll(giveUpAt: number, isDone: () => Promise<boolean>): Promise<boolean> {
    const { clock } = this.#target.sender.policy
    for (let delayMs = FIRST_POLL_MS; !(await isDone()); delayMs = Math.min(delayMs * 2, LAST_POLL_MS)) {
      if (clock.now() + delayMs > giveUpAt) return false
      await clock.sleep(delayMs, this.#target.signal)
    }
    return true
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
function isSamePoint(sent: Point, got: ReadBack | undefined): boolean {
  if (got === undefined || !isDeepStrictEqual(got.payload ?? {}, JSON.parse(JSON.stringify(sent.payload)))) return false
  const sentNames = Object.keys(sent.vectors).sort()
  const gotNames = Array.isArray(got.vector) ? [''] : Object.keys(got.vector ?? {}).sort()
  return isDeepStrictEqual(sentNames, gotNames)
}
