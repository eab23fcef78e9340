import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PointId } from '../../src/document.js'
import type { CollectionConfig, Filter, Hit, Point, QueryRequest, Store } from '../../src/stores/store.js'
import type { Multivector, SparseVector } from '../../src/vectors.js'

/** Scores are float32 sums of a few terms, rounded in another order by every implementation. */
const SCORE_TOLERANCE = 1e-5

/** A store to test, empty, and what is to be done after the test. */
export interface OpenedStore {
  readonly store: Store
  readonly close: () => Promise<void>
}

export function sparse(entries: Readonly<Record<number, number>>): SparseVector {
  const indices = Object.keys(entries).map(Number)
  return { indices: Uint32Array.from(indices), values: Float64Array.from(indices, (index) => entries[index]!) }
}

export function rows(...list: readonly number[][]): Multivector {
  return { rows: list.length, dimension: list[0]!.length, values: Float32Array.from(list.flat()) }
}

function point(id: PointId, vectors: Point['vectors'], payload: Point['payload'] = {}): Point {
  return { id, vectors, payload }
}

/** The hits in order, runs of equal scores sorted by id: their order among themselves is nobody's promise. */
function byTies(hits: readonly Hit[]): [PointId, number][] {
  const list = hits.map(({ id, score }) => ({ id, score }))
  list.sort((a, b) => (Math.abs(a.score - b.score) < SCORE_TOLERANCE ? (String(a.id) < String(b.id) ? -1 : 1) : 0))
  return list.map(({ id, score }) => [id, score])
}

function expectHits(hits: readonly Hit[], expected: readonly [PointId, number][]): void {
  expect(byTies(hits).map(([id]) => id)).toEqual(
    byTies(expected.map(([id, score]) => ({ id, score, payload: null }))).map(([id]) => id),
  )
  for (const [i, [, score]] of expected.entries())
    expect(Math.abs(hits[i]!.score - score)).toBeLessThan(SCORE_TOLERANCE)
}

const HYBRID: CollectionConfig = {
  vectors: {
    dense: { size: 2, distance: 'Cosine' },
    late: { size: 2, distance: 'Cosine', multivector_config: { comparator: 'max_sim' }, hnsw_config: { m: 0 } },
  },
  sparse_vectors: { bm25: { modifier: 'idf' } },
  metadata: { made_by: 'contract' },
}

const POINTS: readonly Point[] = [
  point(
    1,
    { dense: Float32Array.of(3, 4), late: rows([3, 4], [1, 0.5]), bm25: sparse({ 1: 1, 2: 1 }) },
    { g: 'a', n: 1 },
  ),
  point(2, { dense: Float32Array.of(0, 2), late: rows([0, 2]), bm25: sparse({ 2: 2, 3: 1 }) }, { g: 'b', n: 2 }),
  point(3, { dense: Float32Array.of(1, 0), late: rows([1, 0]), bm25: sparse({ 2: 1 }) }, { g: ['a', 'b'], n: 3 }),
  point('550e8400-e29b-41d4-a716-446655440000', { dense: Float32Array.of(-1, 0) }, { g: null, n: 4 }),
]
const UUID = '550e8400-e29b-41d4-a716-446655440000'

/** What every store does, judged by its answers. `open` gives an empty store for each test. */
export function storeContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`the ${name} store`, () => {
    let opened: OpenedStore
    let store: Store
    beforeEach(async () => {
      opened = await open()
      store = opened.store
    })
    afterEach(() => opened.close())

    const fill = async (): Promise<void> => {
      await store.createCollection('docs', HYBRID)
      await store.upsert('docs', POINTS)
    }

    describe('collections', () => {
      test('a new collection is described as it was configured and is empty', async () => {
        await store.createCollection('docs', HYBRID)
        const description = (await store.describeCollection('docs'))!
        expect(description.points).toBe(0)
        expect(description.vectors.dense).toMatchObject({ size: 2, distance: 'Cosine' })
        expect(description.vectors.late).toMatchObject({ size: 2, multivector_config: { comparator: 'max_sim' } })
        expect(description.sparseVectors.bm25).toMatchObject({ modifier: 'idf' })
        expect(description.metadata).toEqual({ made_by: 'contract' })
        expect(await store.listCollections()).toEqual(['docs'])
      })

      test('entries of the metadata are added and replaced, and the others stay', async ({ skip }) => {
        if (store.updateMetadata === undefined) return skip('a store without that')
        await store.createCollection('docs', HYBRID)
        await store.updateMetadata('docs', { weights: { dense: 2 } })
        await store.updateMetadata('docs', { weights: { bm25: 1 } })
        expect((await store.describeCollection('docs'))!.metadata).toEqual({
          ...HYBRID.metadata,
          weights: { bm25: 1 },
        })
        await expect(store.updateMetadata('nope', { a: 1 })).rejects.toMatchObject({ code: 'COLLECTION_MISSING' })
      })

      test('a collection that does not exist is described as null and deleting it is no error', async () => {
        expect(await store.describeCollection('nope')).toBeNull()
        await store.deleteCollection('nope')
      })

      test('creating a collection twice fails with COLLECTION_EXISTS', async () => {
        await store.createCollection('docs', HYBRID)
        await expect(store.createCollection('docs', HYBRID)).rejects.toMatchObject({ code: 'COLLECTION_EXISTS' })
      })

      test('a deleted collection is gone with its points', async () => {
        await fill()
        await store.deleteCollection('docs')
        expect(await store.listCollections()).toEqual([])
        await store.createCollection('docs', HYBRID)
        expect(await store.count('docs')).toBe(0)
      })

      test('reading, searching and writing a missing collection fail with COLLECTION_MISSING', async () => {
        const missing = { code: 'COLLECTION_MISSING' }
        await expect(store.count('nope')).rejects.toMatchObject(missing)
        await expect(store.retrieve('nope', [1])).rejects.toMatchObject(missing)
        await expect(store.scroll('nope', { limit: 1 })).rejects.toMatchObject(missing)
        await expect(store.query('nope', { query: [1, 0] })).rejects.toMatchObject(missing)
        await expect(store.upsert('nope', POINTS)).rejects.toMatchObject(missing)
      })
    })

    describe('points', () => {
      test('stored points come back with payload and vectors, cosine vectors normalized', async () => {
        await fill()
        const [first, last] = await store.retrieve('docs', [1, UUID], { vectors: true })
        expect(first).toMatchObject({ id: 1, payload: { g: 'a', n: 1 } })
        const vectors = first!.vectors as unknown as Record<string, number[]> & { bm25: { indices: number[] } }
        expect(vectors.dense![0]).toBeCloseTo(0.6)
        expect(vectors.dense![1]).toBeCloseTo(0.8)
        expect(vectors.late).toHaveLength(2)
        expect(vectors.bm25.indices).toEqual([1, 2])
        expect(Object.keys(last!.vectors as object)).toEqual(['dense'])
      })

      test('points come back without what is not asked for', async () => {
        await fill()
        expect(await store.retrieve('docs', [2], { payload: false })).toEqual([{ id: 2, payload: null, vectors: null }])
        const [named] = await store.retrieve('docs', [2], { vectors: ['bm25'] })
        expect(Object.keys(named!.vectors as object)).toEqual(['bm25'])
      })

      test('retrieving keeps the order of the ids and skips those that do not exist', async () => {
        await fill()
        const ids = (await store.retrieve('docs', [3, 99, 1])).map(({ id }) => id)
        expect(ids).toEqual([3, 1])
      })

      test('storing an id again replaces vectors and payload as a whole', async () => {
        await fill()
        await store.upsert('docs', [point(1, { dense: Float32Array.of(1, 0) }, { only: true })])
        const [stored] = await store.retrieve('docs', [1], { vectors: true })
        expect(stored!.payload).toEqual({ only: true })
        expect(Object.keys(stored!.vectors as object)).toEqual(['dense'])
        expect(await store.count('docs')).toBe(4)
      })

      test('of two points of one id in a batch the last is stored', async () => {
        await store.createCollection('docs', HYBRID)
        await store.upsert('docs', [point(7, {}, { v: 1 }), point(7, {}, { v: 2 })])
        expect(await store.retrieve('docs', [7])).toMatchObject([{ payload: { v: 2 } }])
        expect(await store.count('docs')).toBe(1)
      })

      test('deleted points are neither read nor counted nor found; deleting a missing id is no error', async () => {
        await fill()
        await store.delete('docs', [1, 99])
        expect(await store.retrieve('docs', [1])).toEqual([])
        expect(await store.count('docs')).toBe(3)
        const hits = await store.query('docs', { query: [3, 4], using: 'dense' })
        expect(hits.map(({ id }) => id)).not.toContain(1)
      })

      test('an empty batch is stored without a word', async () => {
        await fill()
        await store.upsert('docs', [])
        await store.delete('docs', [])
        expect(await store.count('docs')).toBe(4)
      })

      test('scrolling gives integers, then UUIDs, page after page', async () => {
        await fill()
        const first = await store.scroll('docs', { limit: 3 })
        expect(first.points.map(({ id }) => id)).toEqual([1, 2, 3])
        expect(first.next).toBe(UUID)
        const second = await store.scroll('docs', { limit: 3, offset: first.next! })
        expect(second.points.map(({ id }) => id)).toEqual([UUID])
        expect(second.next).toBeNull()
      })

      test('payloads of any JSON come back as they were', async () => {
        await store.createCollection('docs', HYBRID)
        const payload = { text: 'Käse "x"\n', list: [1, null, { a: [] }], deep: { a: { b: true } }, none: null, f: 0.1 }
        await store.upsert('docs', [point(1, {}, payload)])
        expect((await store.retrieve('docs', [1]))[0]!.payload).toEqual(payload)
      })
    })

    describe('filters', () => {
      const cases: readonly [string, Filter, readonly PointId[]][] = [
        [
          'a keyword matches one value or an element of a list',
          { must: [{ key: 'g', match: { value: 'a' } }] },
          [1, 3],
        ],
        ['an integer matches strictly', { must: [{ key: 'n', match: { value: 2 } }] }, [2]],
        ['any of several values matches', { must: [{ key: 'n', match: { any: [1, 4] } }] }, [1, UUID]],
        ['a range has open and closed ends', { must: [{ key: 'n', range: { gt: 1, lte: 3 } }] }, [2, 3]],
        ['must_not excludes', { must_not: [{ key: 'g', match: { value: 'b' } }] }, [1, UUID]],
        [
          'should needs one of its conditions',
          { should: [{ key: 'n', match: { value: 1 } }, { has_id: [3] }] },
          [1, 3],
        ],
        ['a point has a vector or not', { must: [{ has_vector: 'bm25' }] }, [1, 2, 3]],
        ['null and missing fields are empty', { must: [{ is_empty: { key: 'g' } }] }, [UUID]],
        ['an empty filter lets everything through', {}, [1, 2, 3, UUID]],
      ]
      test.each(cases)('%s', async (_, filter, expected) => {
        await fill()
        const { points } = await store.scroll('docs', { limit: 10, filter })
        expect(points.map(({ id }) => id)).toEqual(expected)
        expect(await store.count('docs', filter)).toBe(expected.length)
      })

      test('a filter with an unknown clause is refused', async () => {
        await fill()
        const filter = { musst: [] } as unknown as Filter
        await expect(store.count('docs', filter)).rejects.toMatchObject({ code: 'REQUEST_REFUSED', status: 400 })
      })
    })

    describe('search', () => {
      test('a dense query ranks by cosine and says nothing of payloads that are not asked for', async () => {
        await fill()
        const hits = await store.query('docs', { query: [2, 0], using: 'dense' })
        expectHits(hits, [
          [3, 1],
          [1, 0.6],
          [2, 0],
          [UUID, -1],
        ])
        expect(hits[0]!.payload).toBeNull()
      })

      test('limit, offset, threshold, filter and payload apply to a dense query', async () => {
        await fill()
        const base: QueryRequest = { query: [2, 0], using: 'dense' }
        expectHits(await store.query('docs', { ...base, limit: 1, offset: 1 }), [[1, 0.6]])
        expectHits(await store.query('docs', { ...base, score_threshold: 0.59 }), [
          [3, 1],
          [1, 0.6],
        ])
        expectHits(await store.query('docs', { ...base, score_threshold: 0.6 }), [[3, 1]])
        expectHits(await store.query('docs', { ...base, filter: { must: [{ key: 'n', match: { value: 2 } }] } }), [
          [2, 0],
        ])
        const [hit] = await store.query('docs', { ...base, limit: 1, with_payload: ['n'] })
        expect(hit!.payload).toEqual({ n: 3 })
      })

      test('a sparse query is weighted by ln((N − df + 0.5) / (df + 0.5) + 1) and finds only overlaps', async () => {
        await fill()
        const query = (indices: number[], values: number[]) =>
          store.query('docs', { query: { indices, values }, using: 'bm25' })
        expectHits(await query([1], [1]), [[1, 0.980829]])
        expectHits(await query([2], [1]), [
          [2, 0.267063],
          [1, 0.133531],
          [3, 0.133531],
        ])
        expectHits(await query([2, 1], [1, 1]), [
          [1, 1.114361],
          [2, 0.267063],
          [3, 0.133531],
        ])
        expectHits(await query([99], [1]), [])
        expectHits(await query([], []), [])
      })

      test('an empty sparse vector does not count in N, a deleted point does', async () => {
        await fill()
        await store.upsert('docs', [point(5, { bm25: sparse({}) })])
        expectHits(await store.query('docs', { query: { indices: [1], values: [1] }, using: 'bm25' }), [[1, 0.980829]])
        await store.delete('docs', [3])
        expectHits(await store.query('docs', { query: { indices: [2], values: [1] }, using: 'bm25' }), [
          [2, 0.267063],
          [1, 0.133531],
        ])
      })

      test('a multivector query scores by MaxSim, a dense one as a single row', async () => {
        await fill()
        expectHits(
          await store.query('docs', {
            query: [
              [2.5, 0.5],
              [0.25, 5.5],
            ],
            using: 'late',
            limit: 1,
          }),
          [[1, 1.791183]],
        )
        expectHits(await store.query('docs', { query: [2, 0], using: 'late' }), [
          [3, 1],
          [1, 0.894427],
          [2, 0],
        ])
      })

      test('the id of a point stands for its vector and is not found itself', async () => {
        await fill()
        expectHits(await store.query('docs', { query: 1, using: 'dense' }), [
          [2, 0.8],
          [3, 0.6],
          [UUID, -0.6],
        ])
      })

      test('reciprocal rank fusion adds 1 / (rank + 1) at its default k of 2', async () => {
        await fill()
        const prefetch = [
          { query: [1, 0.1], using: 'dense', limit: 3 },
          { query: [3, 4], using: 'dense', limit: 3 },
        ]
        const fused = await store.query('docs', { prefetch, query: { fusion: 'rrf' } })
        expectHits(fused, [
          [1, 1 / 3 + 1 / 2],
          [3, 1 / 2 + 1 / 4],
          [2, 1 / 4 + 1 / 3],
        ])
      })

      test('distribution-based fusion scales scores by mean ± 3σ, and a list of one by 0.5', async () => {
        await store.createCollection('d', { vectors: { size: 2, distance: 'Cosine' } })
        const vectors = [
          [3, 4],
          [0, 0],
          [1, 0],
        ] as const
        await store.upsert(
          'd',
          vectors.map((vector, i) => point(i + 1, { '': Float32Array.from(vector) })),
        )
        const prefetch = [{ query: [1, 0] }, { query: [3, 4], limit: 1 }]
        const fused = await store.query('d', { prefetch, query: { fusion: 'dbsf' } })
        expectHits(fused, [
          [1, 1.022076],
          [3, 0.654529],
          [2, 0.323396],
        ])
      })

      test('a query over a prefetch reranks only what the prefetch found', async () => {
        await fill()
        const request: QueryRequest = {
          prefetch: { query: [1, 0], using: 'dense', limit: 1 },
          query: [
            [0.5, 1.5],
            [1.5, 0.5],
            [0.1, 0.9],
          ],
          using: 'late',
        }
        expect((await store.query('docs', request)).map(({ id }) => id)).toEqual([3])
        const filtered = { ...request, filter: { must: [{ key: 'n', match: { value: 1 } }] } } as QueryRequest
        expect((await store.query('docs', filtered)).map(({ id }) => id)).toEqual([1])
      })

      test('prefetches nest: one hybrid request ranks by dense, BM25 and late interaction', async () => {
        await fill()
        const dense = { query: [1, 0.2], using: 'dense', limit: 100 }
        const bm25 = { query: { indices: [2], values: [1] }, using: 'bm25', limit: 100 }
        const late = {
          prefetch: [dense, bm25],
          query: [
            [1.5, 0.5],
            [0.5, 0.25],
            [0.1, 1.1],
          ],
          using: 'late',
          limit: 200,
        }
        const request: QueryRequest = { prefetch: [dense, bm25, late], query: { fusion: 'dbsf' }, with_payload: true }
        const hits = await store.query('docs', request)
        expect(new Set(hits.map(({ id }) => id))).toEqual(new Set([1, 2, 3, UUID]))
        expect(hits[0]!.id).toBe(1)
        expect(hits[0]!.payload).toEqual({ g: 'a', n: 1 })
        const [same] = await store.queryBatch('docs', [request])
        expectHits(
          same!,
          hits.map(({ id, score }) => [id, score]),
        )
      })

      test('a batch of queries answers each in order', async () => {
        await fill()
        const [dense, keyword] = await store.queryBatch('docs', [
          { query: [2, 0], using: 'dense', limit: 1 },
          { query: { indices: [1], values: [1] }, using: 'bm25' },
        ])
        expectHits(dense!, [[3, 1]])
        expectHits(keyword!, [[1, 0.980829]])
        expect(await store.queryBatch('docs', [])).toEqual([])
      })
    })

    describe('errors', () => {
      const bad: readonly [string, Point, string][] = [
        ['a wrong dimension', point(9, { dense: Float32Array.of(1, 2, 3) }), 'VECTOR_DIMENSION'],
        ['NaN', point(9, { dense: Float32Array.of(1, Number.NaN) }), 'VECTOR_NOT_FINITE'],
        ['infinity', point(9, { late: rows([1, Number.POSITIVE_INFINITY]) }), 'VECTOR_NOT_FINITE'],
        [
          'a repeated sparse index',
          point(9, { bm25: { indices: Uint32Array.of(4, 4), values: Float64Array.of(1, 2) } }),
          'SPARSE_DUPLICATE_INDEX',
        ],
      ]
      test.each(bad)('%s refuses the whole batch and nothing is written', async (_, wrong, code) => {
        await fill()
        await expect(store.upsert('docs', [point(8, {}), wrong])).rejects.toMatchObject({ code })
        expect(await store.retrieve('docs', [8, 9])).toEqual([])
        expect(await store.count('docs')).toBe(4)
      })

      const refused: readonly [string, QueryRequest][] = [
        ['a query of the wrong dimension', { query: [1, 0, 0], using: 'dense' }],
        ['an unknown vector', { query: [1, 0], using: 'nope' }],
        ['a fusion without prefetches', { query: { fusion: 'rrf' } }],
        ['a prefetch without a query', { prefetch: [{ query: [1, 0], using: 'dense' }] }],
        ['a limit of 0', { query: [1, 0], using: 'dense', limit: 0 }],
      ]
      test.each(refused)('%s is refused with a status of 400 or 422', async (_, request) => {
        await fill()
        const error = await store.query('docs', request).then(
          () => null,
          (reason: { code: string; status: number }) => reason,
        )
        expect(error).not.toBeNull()
        expect([400, 422]).toContain(error!.status)
      })
    })
  })
}
