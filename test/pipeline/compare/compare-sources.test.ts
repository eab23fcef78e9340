import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PointId } from '../../../src/document.js'
import { compareSources } from '../../../src/pipeline/compare/compare-sources.js'
import type { VectorPoint, VectorSource } from '../../../src/pipeline/compare/vector-source.js'

const BATCH = 3

/** A source of dense vectors `v`, as a file, or as a store that can be asked for ids. */
function source(
  points: readonly (readonly [PointId, ...number[]])[],
  options: Partial<VectorSource> = {},
): VectorSource {
  const all: VectorPoint[] = points.map(([id, ...values]) => ({ id, vectors: { v: Float32Array.from(values) } }))
  return {
    ...{ place: 'somewhere', recipe: null, vectors: [{ name: 'v', kind: 'dense' as const }], hasIds: true },
    read: async function* () {
      for (let at = 0; at < all.length; at += BATCH) yield all.slice(at, at + BATCH)
    },
    ...options,
  }
}

function stored(points: readonly (readonly [PointId, ...number[]])[]): VectorSource {
  const file = source(points)
  const retrieve = async (ids: readonly PointId[]) => {
    const found: VectorPoint[] = []
    for await (const batch of file.read(() => {})) found.push(...batch.filter(({ id }) => ids.includes(id)))
    return found.toReversed()
  }
  return { ...file, retrieve }
}

/** Points on half a circle, ever further apart: each has its neighbours in one order, with cosines that differ by 1e-4 at least. */
const circle = (count: number) =>
  Array.from({ length: count }, (_, i) => {
    const angle = 3.1 * ((i + 1) / 41) ** 1.5
    return [i, Math.cos(angle), Math.sin(angle)] as [number, number, number]
  })

describe('two sources of vectors', () => {
  test('with equal points are the same to the last bit, whatever their order and kind', async () => {
    const points = circle(40)
    const shuffled = points.toReversed()
    for (const [a, b] of [
      [source(points), source(points)],
      [source(points), source(shuffled)],
      [stored(points), source(shuffled)],
      [source(shuffled), stored(points)],
      [stored(points), stored(points)],
    ] as const) {
      expect(await compareSources(a, b)).toEqual({
        recipe: null,
        points: { both: 40, onlyA: 0, onlyB: 0 },
        damaged: { a: 0, b: 0 },
        vectors: [
          {
            ...{ name: 'v', nameInB: 'v', kind: 'dense', points: 40, sameBits: 40, otherShape: 0, onOneSide: 0 },
            cosine: { min: 1, mean: 1, worst: expect.any(Number) },
            firstTen: { queries: 20, changed: 0, kept: 1 },
          },
        ],
      })
    }
  })

  test('tell the point that is furthest apart, and the questions whose first ten change by it', async () => {
    const points = circle(40)
    const changed = points.map(([id, x, y]) => (id === 7 ? [id, -x, -y] : [id, x, y]) as [number, number, number])
    const { vectors } = await compareSources(source(points), stored(changed), { queries: 40 })
    expect(vectors).toMatchObject([{ points: 40, sameBits: 39, cosine: { min: -1, worst: 7 } }])
    expect(vectors[0]!.cosine!.mean).toBeCloseTo((39 - 1) / 40, 12)
    const { queries, changed: ranks, kept } = vectors[0]!.firstTen!
    expect(queries).toBe(40)
    // point 7 itself, those that had it among their first ten, and those that have it now
    expect(ranks).toBeGreaterThan(10)
    expect(ranks).toBeLessThan(40)
    expect(kept).toBeLessThan(1)
  })

  test('without any change of the order keep every first ten, however small the difference', async () => {
    const points = circle(40)
    const nearly = points.map(([id, x, y]) => [id, x * (1 + 1e-6), y * (1 + 1e-6)] as [number, number, number])
    const { vectors } = await compareSources(source(points), source(nearly))
    expect(vectors[0]!.sameBits).toBeLessThan(40)
    expect(vectors[0]!.cosine!.min).toBeGreaterThan(1 - 1e-12)
    expect(vectors[0]!.firstTen).toEqual({ queries: 20, changed: 0, kept: 1 })
  })

  test('count what only one of them has, and a point that stands twice as two', async () => {
    const a = [
      [1, 1, 0],
      [2, 0, 1],
      [2, 0, 1],
      [3, 1, 1],
    ] as [number, number, number][]
    const b = [
      [4, 1, 0],
      [2, 0, 1],
      [2, 0, 1],
      [1, 1, 0],
    ] as [number, number, number][]
    expect(await compareSources(source(a), source(b))).toMatchObject({
      points: { both: 3, onlyA: 1, onlyB: 1 },
      vectors: [{ points: 3, sameBits: 3 }],
    })
  })

  test('of which one has no ids are compared by their places, and with a store not at all', async () => {
    const points = circle(5)
    const named = points.map(([id, x, y]) => [`doc-${id}`, x, y] as [string, number, number])
    const bare = source(points, { hasIds: false })
    expect(await compareSources(bare, source(named))).toMatchObject({ points: { both: 5 }, vectors: [{ sameBits: 5 }] })
    await expect(compareSources(bare, stored(named))).rejects.toMatchObject({ code: 'IDS_MISSING' })
  })

  test('of two models have no cosine where their sizes differ, and yet first ten', async () => {
    const b = source(
      circle(30).map(([id, x, y]) => [id, x, y, 0] as const),
      { vectors: [{ name: 'other', kind: 'dense' }] },
    )
    const named = {
      ...b,
      read: async function* () {
        for await (const batch of b.read(() => {}))
          yield batch.map(({ id, vectors: { v } }) => ({ id, vectors: { other: v! } }))
      },
    }
    const { vectors } = await compareSources(source(circle(30)), named)
    expect(vectors).toMatchObject([
      { name: 'v', nameInB: 'other', sameBits: 0, otherShape: 30, cosine: null, firstTen: { queries: 20, changed: 0 } },
    ])
  })

  test('in orders that would fill the memory are refused', async () => {
    const points = circle(200)
    const comparing = compareSources(source(points), source(points.toReversed()), { maxBytes: 5_000 })
    await expect(comparing).rejects.toMatchObject({
      code: 'ORDERS_DIFFER',
      message: expect.stringContaining('--vectors-from'),
    })
    // in one order they need none
    await compareSources(source(points), source(points), { maxBytes: 5_000 })
  })

  test('are paired as a join of their ids pairs them, in any order', async () => {
    const ids = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(ids, ids, fc.boolean(), fc.boolean(), async (a, b, isStoreA, isStoreB) => {
        const make = (isStore: boolean, list: number[]) => (isStore ? stored : source)(list.map((id) => [id, 1, id]))
        const { points } = await compareSources(make(isStoreA, a), make(isStoreB, b), { queries: 0 })
        const both = a.filter((id) => b.includes(id)).length
        expect(points).toEqual({ both, onlyA: a.length - both, onlyB: b.length - both })
      }),
    )
  })
})
