import { afterEach, describe, expect, test, vi } from 'vitest'
import { similarityOf } from '../../../../src/scoring/distance.js'
import { QuantizedRows } from '../../../../src/scoring/quantized-rows.js'
import { randomNumbers } from '../../../../src/scoring/random-numbers.js'
import { EmbeddedStore } from '../../../../src/stores/engine/embedded-store.js'
import { LocalClient } from '../../../../src/stores/local-client/local-client.js'
import { MemoryStore } from '../../../../src/stores/memory.js'
import type { CollectionConfig, Filter, Point, QueryRequest } from '../../../../src/stores/store.js'
import { MemoryStorage } from '../../../../src/stores/table/storage.js'

const DIMENSION = 20

function randomVectors(count: number, seed: number): Float32Array[] {
  const random = randomNumbers(seed)
  return Array.from({ length: count }, () => Float32Array.from({ length: DIMENSION }, () => random() - 0.5))
}

function pointsOf(vectors: readonly Float32Array[]): Point[] {
  return vectors.map((dense, id) => ({ id, vectors: { dense }, payload: { number: id, group: `g${id % 7}` } }))
}

function configOf(distance: string): CollectionConfig {
  return { vectors: { dense: { size: DIMENSION, distance } } } as CollectionConfig
}

function nearest(vector: Float32Array, limit: number, filter?: Filter): QueryRequest {
  return { query: [...vector], using: 'dense', limit, ...(filter && { filter }) } as QueryRequest
}

afterEach(() => vi.restoreAllMocks())

describe('a search of many dense vectors', () => {
  const POINTS = 2500

  test.each(['Dot', 'Euclid', 'Manhattan'] as const)(
    'by %s finds what comparing every vector finds, in the same order',
    async (distance) => {
      const vectors = randomVectors(POINTS, 1)
      // equal vectors are ordered by id, rows of zeros are rows
      for (const id of [40, 41, 2400]) vectors[id] = vectors[7]!
      vectors[50] = new Float32Array(DIMENSION)
      const store = new MemoryStore()
      await store.createCollection('points', configOf(distance))
      await store.upsert('points', pointsOf(vectors))
      await store.delete('points', [7, 100])
      const similarity = similarityOf(distance)
      for (const query of [...randomVectors(5, 2), vectors[7]!, vectors[50]!]) {
        const expected = vectors
          .map((vector, id) => ({ id, score: Math.fround(similarity(query, 0, vector, 0, DIMENSION)) }))
          .filter(({ id }) => id !== 7 && id !== 100)
          .sort((a, b) => b.score - a.score || a.id - b.id)
        for (const limit of [1, 10, 3000]) {
          const hits = await store.query('points', nearest(query, limit))
          expect(hits.map(({ id }) => id)).toEqual(expected.slice(0, limit).map(({ id }) => id))
        }
      }
      await store.close()
    },
  )

  test('with filters that let many, few or no points through finds the nearest of those', async () => {
    const vectors = randomVectors(POINTS, 3)
    const store = new MemoryStore()
    await store.createCollection('points', configOf('Cosine'))
    await store.upsert('points', pointsOf(vectors))
    const [query] = randomVectors(1, 4)
    const all = await store.query('points', { ...nearest(query!, POINTS), with_payload: true })
    for (const range of [{ gte: 100 }, { gte: POINTS - 3 }, { lt: 0 }]) {
      const hits = await store.query('points', nearest(query!, 20, { must: [{ key: 'number', range }] }))
      const isIn = (id: number) => id >= (range.gte ?? 0) && id < (range.lt ?? POINTS)
      const expected = all.filter(({ id }) => isIn(Number(id))).slice(0, 20)
      expect(hits.map(({ id, score }) => ({ id, score }))).toEqual(expected.map(({ id, score }) => ({ id, score })))
    }
    await store.close()
  })

  test('finds points that were stored after the last search, with vectors and without', async () => {
    const store = new MemoryStore()
    await store.createCollection('points', configOf('Cosine'))
    const points = pointsOf(randomVectors(POINTS, 5))
    await store.upsert('points', points)
    const [query] = randomVectors(1, 6)
    await store.query('points', nearest(query!, 3))
    await store.upsert('points', [{ id: 9000, vectors: {}, payload: {} }])
    await store.upsert('points', [{ id: 9001, vectors: { dense: query! }, payload: {} }])
    await store.upsert('points', [{ id: 9002, vectors: {}, payload: {} }])
    expect((await store.query('points', nearest(query!, 1)))[0]!.id).toBe(9001)
    await store.close()
  })
})

describe('a batch of queries', () => {
  test('runs what several of them have in common once', async () => {
    const store = new EmbeddedStore(new MemoryStorage())
    await store.createCollection('points', configOf('Cosine'))
    await store.upsert('points', pointsOf(randomVectors(1500, 7)))
    const compared = vi.spyOn(QuantizedRows.prototype, 'upperBounds')
    const [one, other] = randomVectors(2, 8)
    const filter: Filter = { must: [{ key: 'group', match: { value: 'g1' } }] }
    const lists = [nearest(one!, 30), nearest(other!, 30)]
    const fused = { prefetch: lists, query: { fusion: 'rrf' }, filter, limit: 10 } as QueryRequest
    const alone = lists.map((list) => ({ ...list, filter }))
    const answers = await store.queryBatch('points', [fused, ...alone, nearest(one!, 30)])
    expect(compared).toHaveBeenCalledTimes(3)
    expect(answers[1]).not.toEqual(answers[3])
    for (const [i, request] of [fused, ...alone, nearest(one!, 30)].entries()) {
      expect(answers[i]).toEqual(await store.query('points', request))
    }
    await store.close()
  })
})

describe('a filter over a field with an index', () => {
  const FILTERS: Filter[] = [
    { must: [{ key: 'tag', match: { value: 'a' } }] },
    { must: [{ key: 'tag', match: { any: ['b', 'c'] } }] },
    { must_not: [{ key: 'tag', match: { value: 'a' } }] },
    { must: [{ is_empty: { key: 'tag' } }] },
    { must: [{ is_null: { key: 'tag' } }] },
    {
      should: [
        { key: 'number', range: { gt: 3 } },
        { key: 'tag', values_count: { gte: 2 } },
      ],
    } as Filter,
    { must: [{ key: 'deep[].flag', match: { value: true } }] },
    { must: [{ nested: { key: 'deep', filter: { must: [{ key: 'flag', match: { value: true } }] } } }] },
  ]
  const TAGS = ['a', ['a', 'b'], null, undefined, [], 'c', ['c', 'd'], 5]

  test('finds what it finds without one, also after payloads have changed', async () => {
    const plain = LocalClient.memory()
    const indexed = LocalClient.memory()
    const both = [plain, indexed]
    for (const client of both) {
      await client.createCollection('points', { vectors: { size: 2, distance: 'Dot' } })
      const points = TAGS.flatMap((tag, i) =>
        [0, 1].map((n) => ({
          id: 2 * i + n,
          vector: [i, n],
          payload: { ...(tag !== undefined && { tag }), number: i + n / 2, deep: [{ flag: n === 1 }, {}] },
        })),
      )
      await client.upsert('points', { points })
    }
    for (const [field, schema] of [
      ['tag', 'keyword'],
      ['number', 'float'],
      ['deep[].flag', 'bool'],
    ] as const) {
      await indexed.createPayloadIndex('points', { field_name: field, field_schema: schema })
    }
    const expectSame = async () => {
      for (const filter of FILTERS) {
        const ask = (client: LocalClient) =>
          client
            .query('points', { query: [1, 1], filter, limit: 50 })
            // making an index is an operation, too
            .then(({ points }) => points.map(({ id, score }) => ({ id, score })))
        expect(await ask(indexed), JSON.stringify(filter)).toEqual(await ask(plain))
        expect(await indexed.count('points', { filter })).toEqual(await plain.count('points', { filter }))
      }
    }
    await expectSame()
    for (const client of both) {
      await client.setPayload('points', { payload: { tag: 'b', number: 9 }, points: [0, 5] })
      await client.deletePayload('points', { keys: ['tag'], points: [1] })
      await client.upsert('points', {
        points: [{ id: 3, vector: [1, 1], payload: { tag: 'a', deep: [{ flag: true }] } }],
      })
    }
    await expectSame()
    for (const client of both) await client.close()
  })
})
