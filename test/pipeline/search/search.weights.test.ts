import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CollectionPlan, ListWeights, PlannedVector } from '../../../src/pipeline/collection/collection-plan.js'
import type { QueryVectors } from '../../../src/pipeline/search/query-vectors.js'
import { buildSearch } from '../../../src/pipeline/search/search.js'
import type { SearchOptions } from '../../../src/pipeline/search/search-options.js'
import { fuseByDistribution } from '../../../src/scoring/distribution-based-fusion.js'
import { randomNumbers } from '../../../src/scoring/random-numbers.js'
import { fuseByReciprocalRank } from '../../../src/scoring/reciprocal-rank-fusion.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import { openLocalStore } from '../../../src/stores/open-local.js'
import type { CollectionConfig, Store } from '../../../src/stores/store.js'

const POINTS = 80
const LENGTH = 8
const DEPTH = 20
/** Scores are float32, and sums are taken in another order here. */
const TOLERANCE = 1e-5

const random = randomNumbers(3)
const row = () => Array.from({ length: LENGTH }, () => random() - 0.5)
const words = () => {
  const indices = [...new Set(Array.from({ length: 4 }, () => Math.floor(random() * 20)))]
  return { indices, values: indices.map(() => 1 + random()) }
}
const planned = (vector: string): PlannedVector => ({ vector, model: vector, checksum: '', dimension: LENGTH })
const plan: CollectionPlan = {
  vectors: { dense: planned('a'), bm25: planned('b'), late: planned('c') },
  spec: {},
  idField: null,
  chunking: null,
}
const config = {
  vectors: {
    a: { size: LENGTH, distance: 'Cosine' },
    c: { size: LENGTH, distance: 'Cosine', multivector_config: { comparator: 'max_sim' } },
  },
  sparse_vectors: { b: { modifier: 'idf' } },
} as CollectionConfig
const question: QueryVectors = { dense: row(), bm25: words(), late: [row(), row()] }

describe.each(['memory', 'disk'])('weights of lists in a store %s', (kind) => {
  let store: Store
  let folder: string | null = null

  beforeAll(async () => {
    if (kind === 'disk') folder = await mkdtemp(join(tmpdir(), 'offgrid-weights-'))
    store = folder === null ? new MemoryStore() : await openLocalStore({ path: folder })
    await store.createCollection('docs', config)
    const points = Array.from({ length: POINTS }, (_, i) => ({
      id: i + 1,
      payload: {},
      vectors: { a: row(), b: words(), c: [row(), row()] },
    }))
    await store.upsert('docs', points as never)
  })

  afterAll(async () => {
    await store.close()
    if (folder !== null) await rm(folder, { recursive: true })
  })

  const find = async (options: SearchOptions, of = plan) =>
    store.query('docs', buildSearch(of, question, { limit: POINTS, prefetch: DEPTH, ...options }).main)

  /** The lists of a search, fused here by what the two fusions are defined as. */
  async function reference(weights: Required<ListWeights>, fusion: 'dbsf' | 'rrf') {
    const requests = buildSearch(plan, question, { prefetch: DEPTH })
    const sums = new Map<number, number>()
    for (const method of ['dense', 'bm25', 'late'] as const) {
      const hits = await store.query('docs', requests[method]!)
      const [items, scores] = [hits.map(({ id }) => id as number), hits.map(({ score }) => score)]
      const weight = weights[method]!
      if (weight === 0) continue
      const scaled =
        fusion === 'dbsf'
          ? fuseByDistribution([{ items, scores }])
          : fuseByReciprocalRank([items], { rrfK: 2, weights: [weight] })
      for (const [id, score] of scaled) sums.set(id, (sums.get(id) ?? 0) + (fusion === 'dbsf' ? weight * score : score))
    }
    return sums
  }

  const cases: Required<ListWeights>[] = [
    { dense: 1, bm25: 2, late: 0.5 },
    { dense: 0.25, bm25: 0, late: 4 },
    { dense: 0, bm25: 1, late: 0 },
    { dense: 2, bm25: 2, late: 2 },
  ]

  test.each(cases)('score and order are the weighted sums of the lists: %o', async (weights) => {
    const ofOne = Object.values(weights).filter((weight) => weight! > 0).length === 1
    for (const fusion of ['dbsf', 'rrf'] as const) {
      const found = await find({ weights, fusion })
      const expected = await reference(weights, fusion)
      // a list alone is not cut, and keeps its own scores
      const hits = ofOne ? found.slice(0, expected.size) : found
      expect(hits).toHaveLength(expected.size)
      // equal weights are not multiplied out
      const scale = weights.dense === 2 && fusion === 'dbsf' ? 2 : 1
      const scores = hits.map(({ id }) => expected.get(id as number)! / scale)
      for (const [i, score] of scores.entries()) {
        expect(score).toBeLessThan((scores[i - 1] ?? Number.POSITIVE_INFINITY) + TOLERANCE)
        if (!ofOne) expect(Math.abs(hits[i]!.score - score)).toBeLessThan(TOLERANCE)
      }
    }
  })

  test('weights of the collection are taken by a fusion by score of all lists, and by no other', async () => {
    const weights = { dense: 1, bm25: 2, late: 0.5 }
    const own = { ...plan, weights }
    expect(await find({}, own)).toEqual(await find({ weights }))
    expect(await find({ fusion: 'rrf' }, own)).toEqual(await find({ fusion: 'rrf' }))
    expect(await find({ methods: ['dense', 'late'] }, own)).toEqual(await find({ methods: ['dense', 'late'] }))
    expect(await find({ rerank: true }, own)).toEqual(await find({ rerank: true }))
    expect(await find({ weights: { dense: 1 } }, own)).toEqual(await find({}))
  })
})

test.each<[string, SearchOptions, Partial<CollectionPlan['vectors']>]>([
  ['for a list that takes no part', { methods: ['dense'], weights: { late: 2 } }, plan.vectors],
  ['for a list that is not there', { weights: { late: 2 } }, { dense: planned('a'), bm25: planned('b') }],
  ['that leave no list', { weights: { dense: 0, bm25: 0 } }, { dense: planned('a'), bm25: planned('b') }],
  ['beside rerank', { weights: { dense: 2 }, rerank: true }, plan.vectors],
])('weights %s are refused', (_, options, vectors) => {
  expect(() => buildSearch({ ...plan, vectors }, question, options)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }),
  )
})
