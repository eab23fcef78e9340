import { expect, test } from 'vitest'
import type { CollectionPlan, PlannedVector } from '../../../src/pipeline/collection/collection-plan.js'
import { JoinedCollections } from '../../../src/pipeline/search/joined-collections.js'
import type { QueryVectors } from '../../../src/pipeline/search/query-vectors.js'
import { buildSearch } from '../../../src/pipeline/search/search.js'
import { randomNumbers } from '../../../src/scoring/random-numbers.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import type { CollectionConfig, Filter, QueryRequest } from '../../../src/stores/store.js'

const POINTS = 120
const LENGTH = 8
const random = randomNumbers(7)
const row = () => Array.from({ length: LENGTH }, () => random() - 0.5)
/** Few words of few weights, so that there are points of equal scores. */
const words = () => {
  const indices = [...new Set(Array.from({ length: 3 }, () => Math.floor(random() * 12)))]
  return { indices, values: indices.map(() => 1) }
}

const dense = { a: { size: LENGTH, distance: 'Cosine' } } as const
const late = { c: { size: LENGTH, distance: 'Cosine', multivector_config: { comparator: 'max_sim' } } } as const
const sparse = { b: { modifier: 'idf' } } as const
const planned = (vector: string): PlannedVector => ({ vector, model: vector, checksum: '', dimension: LENGTH })
const plan: CollectionPlan = {
  ...{
    vectors: { dense: planned('a'), bm25: planned('b'), late: planned('c') },
    spec: {},
    idField: null,
    chunking: null,
  },
}

async function fill(): Promise<MemoryStore> {
  const store = new MemoryStore()
  const create = (name: string, config: object) => store.createCollection(name, config as CollectionConfig)
  await create('all', { vectors: { ...dense, ...late }, sparse_vectors: sparse })
  await create('dense', { vectors: dense })
  await create('words', { vectors: {}, sparse_vectors: sparse })
  await create('late', { vectors: late })
  const points = Array.from({ length: POINTS }, (_, i) => {
    return { id: i + 1, payload: { n: i % 3 }, vectors: { a: row(), b: words(), c: [row(), row()] } }
  })
  await store.upsert('all', points as never)
  for (const [name, key] of [
    ['dense', 'a'],
    ['words', 'b'],
    ['late', 'c'],
  ] as const) {
    await store.upsert(name, points.map((point) => ({ ...point, vectors: { [key]: point.vectors[key] } })) as never)
  }
  return store
}

test('points whose vectors lie in several collections are found as if all were in one, to the last bit', async () => {
  const store = await fill()
  const places = new Map([
    ['a', 'dense'],
    ['b', 'words'],
    ['c', 'late'],
  ])
  const joined = new JoinedCollections(store, places)
  const filters: (Filter | undefined)[] = [
    undefined,
    { must_not: [{ has_id: [3, 5, 8] }] },
    { must: [{ key: 'n', match: { value: 1 } }] },
  ]
  const lists = { limit: 20, prefetch: 30 }
  let compared = 0
  for (let question = 0; question < 5; question++) {
    const vectors: QueryVectors = { dense: row(), bm25: words(), late: [row(), row()] }
    const overDense = {
      prefetch: { query: vectors.dense, using: 'a', limit: 9 },
      query: vectors.late,
      using: 'c',
      limit: 5,
    }
    for (const filter of filters) {
      const options = { ...lists, ...(filter !== undefined && { filter }) }
      const requests = [
        buildSearch(plan, vectors, options).main,
        buildSearch(plan, vectors, { ...options, fusion: 'rrf' }).main,
        buildSearch(plan, vectors, { ...options, rerank: true }).main,
        ...(['dense', 'bm25', 'late'] as const).map(
          (method) => buildSearch(plan, vectors, { ...options, methods: [method] }).main,
        ),
        buildSearch(plan, vectors, { ...options, methods: ['dense', 'bm25'] }).main,
        { ...overDense, with_payload: true, ...(filter !== undefined && { filter }) } as unknown as QueryRequest,
      ]
      for (const request of requests) {
        const expected = await store.query('all', request)
        const found = await joined.query('any', request)
        expect(found.map(({ id, score, payload }) => ({ id, score, payload }))).toEqual(
          expected.map(({ id, score, payload }) => ({ id, score, payload })),
        )
        compared += found.length
      }
    }
  }
  expect(compared).toBeGreaterThan(1_000)
  expect((await joined.retrieve('late', [4])).map(({ id }) => id)).toEqual([4])
})
