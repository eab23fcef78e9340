import type { PointId } from '../../document.js'
import { InputError } from '../../errors.js'
import { PointIdSet } from '../documents/point-id-set.js'
import { pointBytes } from '../points-files/export-points.js'
import type { VectorPoint, VectorSource } from './vector-source.js'

/** A point on both sides, or on one of them. */
export interface PointPair {
  readonly a: VectorPoint | null
  readonly b: VectorPoint | null
}

export interface PairOptions {
  readonly onDamaged?: { readonly a: () => void; readonly b: () => void }
  /** What two files in different orders may hold in memory until they meet, in bytes, about. @default 1 GB */
  readonly maxBytes?: number
  readonly signal?: AbortSignal | undefined
}

const MAX_BYTES = 1e9
const nothing = { a: () => {}, b: () => {} }

/**
 * The points of two sources by their ids, each once; a point that only one side has comes last. Sources in the same order take no memory;
 * so do a file and a store, which is asked for the file's ids. Two files in different orders are held until they meet.
 * @throws InputError `ORDERS_DIFFER` where that takes too much memory
 */
export async function* pairPoints(
  a: VectorSource,
  b: VectorSource,
  options: PairOptions = {},
): AsyncGenerator<PointPair> {
  if (a.retrieve === undefined && b.retrieve !== undefined) yield* pairByAsking(a, b, options)
  else if (b.retrieve === undefined && a.retrieve !== undefined) {
    const swapped = options.onDamaged && { a: options.onDamaged.b, b: options.onDamaged.a }
    for await (const pair of pairByAsking(b, a, { ...options, ...(swapped && { onDamaged: swapped }) })) {
      yield { a: pair.b, b: pair.a }
    }
  } else yield* pairByOrder(a, b, options)
}

/** @param stored is asked for the points of the other */
async function* pairByAsking(
  file: VectorSource,
  stored: VectorSource,
  options: PairOptions,
): AsyncGenerator<PointPair> {
  const { onDamaged = nothing, signal } = options
  const seen = new PointIdSet()
  for await (const points of file.read(onDamaged.a)) {
    signal?.throwIfAborted()
    const ids = [...new Set(points.map(({ id }) => id))]
    const found = new Map((ids.length === 0 ? [] : await stored.retrieve!(ids)).map((point) => [point.id, point]))
    for (const point of points) {
      seen.add(point.id)
      yield { a: point, b: found.get(point.id) ?? null }
    }
  }
  for await (const points of stored.read(onDamaged.b)) {
    signal?.throwIfAborted()
    for (const point of points) if (!seen.has(point.id)) yield { a: null, b: point }
  }
}

/** Points that wait for the other side, in the order in which they came; one id may stand in a file several times. */
class Waiting {
  readonly #points = new Map<PointId, VectorPoint[]>()
  bytes = 0

  add(point: VectorPoint): void {
    this.#points.set(point.id, [...(this.#points.get(point.id) ?? []), point])
    this.bytes += bytesOf(point)
  }

  take(id: PointId): VectorPoint | null {
    const [point, ...rest] = this.#points.get(id) ?? []
    if (point === undefined) return null
    if (rest.length === 0) this.#points.delete(id)
    else this.#points.set(id, rest)
    this.bytes -= bytesOf(point)
    return point
  }

  *all(): Generator<VectorPoint> {
    for (const points of this.#points.values()) yield* points
  }
}

async function* pairByOrder(a: VectorSource, b: VectorSource, options: PairOptions): AsyncGenerator<PointPair> {
  const { onDamaged = nothing, maxBytes = MAX_BYTES, signal } = options
  const [left, right] = [pointsOf(a, onDamaged.a), pointsOf(b, onDamaged.b)]
  const waiting = { a: new Waiting(), b: new Waiting() }
  try {
    for (let isLeft = true, isRight = true; isLeft || isRight; ) {
      signal?.throwIfAborted()
      const fromA = isLeft ? await left.next() : null
      if (fromA?.done === true) isLeft = false
      else if (fromA !== null) {
        const other = waiting.b.take(fromA.value.id)
        if (other === null) waiting.a.add(fromA.value)
        else yield { a: fromA.value, b: other }
      }
      const fromB = isRight ? await right.next() : null
      if (fromB?.done === true) isRight = false
      else if (fromB !== null) {
        const other = waiting.a.take(fromB.value.id)
        if (other === null) waiting.b.add(fromB.value)
        else yield { a: other, b: fromB.value }
      }
      if (waiting.a.bytes + waiting.b.bytes > maxBytes) throw tooFarApart(a, b)
    }
  } finally {
    await left.return(undefined)
    await right.return(undefined)
  }
  for (const point of waiting.a.all()) yield { a: point, b: null }
  for (const point of waiting.b.all()) yield { a: null, b: point }
}

async function* pointsOf(
  source: VectorSource,
  onDamaged: () => void,
): AsyncGenerator<VectorPoint, undefined, undefined> {
  for await (const points of source.read(onDamaged)) yield* points
}

function bytesOf({ id, vectors }: VectorPoint): number {
  return pointBytes({ id, vectors, payload: {} })
}

function tooFarApart(a: VectorSource, b: VectorSource): InputError {
  return new InputError(
    'ORDERS_DIFFER',
    `${a.place} and ${b.place}: expected points in about the same order, got orders that fill the memory. Store one of them first (offgrid ingest --vectors-from FILE), and compare with the store.`,
  )
}
