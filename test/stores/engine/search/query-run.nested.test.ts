import { beforeAll, describe, expect, test } from 'vitest'
import { LocalClient } from '../../../../src/stores/local-client/local-client.js'

// Small queries in which levels meet that the recordings of a server do not hold; the answers are a Qdrant core's.

const client = LocalClient.memory()

beforeAll(async () => {
  await client.createCollection('points', {
    vectors: { dot: { size: 2, distance: 'Dot' }, far: { size: 2, distance: 'Euclid' } },
  })
  const angles = [0, 0.1, 0.2, 0.9, 1.2, 1.4]
  await client.upsert('points', {
    points: angles.map((angle, i) => ({
      id: i + 1,
      vector: { dot: [Math.cos(angle), Math.sin(angle)], ...(i < 5 && { far: [i, 0] }) },
      payload: { n: i + 0.5 },
    })),
  })
  await client.createPayloadIndex('points', { field_name: 'n', field_schema: 'float' })
})

// biome-ignore lint/suspicious/noExplicitAny: requests of every shape
async function ask(request: any): Promise<[unknown, number, unknown][]> {
  const { points } = await client.query('points', request)
  return points.map(({ id, score, order_value }) => [id, Math.fround(score), order_value])
}

const nearest = { query: [1, 0], using: 'dot' }
const formula = { formula: '$score' }

describe('MMR over prefetches of its own, below the root', () => {
  const mmr = (more: object, prefetch: object) => ({
    prefetch: { prefetch, using: 'far', limit: 6, ...more },
    query: formula,
  })

  test('keeps the scores of its prefetch, and chooses by likeness of its own vectors', async () => {
    const request = mmr({ query: { nearest: [0, 0], mmr: { diversity: 0.9 } } }, { ...nearest, limit: 3 })
    // 1 is nearest by `far`, 3 the farthest from it; the scores are cosines
    const scores = new Map(await ask(request).then((hits) => hits.map(([id, score]) => [id, score])))
    expect([...scores.keys()]).toEqual([1, 2, 3])
    expect(scores.get(3)).toBeCloseTo(Math.cos(0.2))
  })

  test('takes no notice of its candidates_limit and score_threshold', async () => {
    const prefetch = { ...nearest, limit: 5 }
    const plain = mmr({ query: { nearest: [0, 0], mmr: { diversity: 0.5 } } }, prefetch)
    const bounded = mmr(
      { query: { nearest: [0, 0], mmr: { diversity: 0.5, candidates_limit: 1 } }, score_threshold: 0.1 },
      prefetch,
    )
    expect(await ask(bounded)).toHaveLength(5)
    expect(await ask(bounded)).toEqual(await ask(plain))
  })

  test('leaves out what lacks its vector, and stops at its limit', async () => {
    const request = mmr({ query: { nearest: [0, 0], mmr: {} }, limit: 4 }, { ...nearest, limit: 6 })
    const ids = (await ask(request)).map(([id]) => id)
    expect(ids).toHaveLength(4)
    expect(ids).not.toContain(6)
  })
})

describe('MMR without prefetches, below the root', () => {
  const leaf = { query: { nearest: [1, 0], mmr: { candidates_limit: 4 } }, using: 'dot', limit: 2 }
  const rrf = { rrf: { k: 2 } }

  test('gives a fusion at the root its limit of points, and a fusion below the root all candidates', async () => {
    expect((await ask({ prefetch: leaf, query: rrf })).map(([id]) => id)).toEqual([1, 2])
    const below = { prefetch: { prefetch: leaf, query: rrf }, query: rrf }
    expect((await ask(below)).map(([id]) => id)).toEqual([1, 2, 3, 4])
  })
})

describe('a fusion of points that a level ordered by a payload value', () => {
  const ordered = { query: { order_by: { key: 'n', direction: 'desc' } }, limit: 2 }

  test('keeps their order values', async () => {
    expect(
      await ask({ prefetch: [ordered, { ...nearest, limit: 1 }], query: { rrf: { k: 4, weights: [1, 2] } } }),
    ).toEqual([
      [1, Math.fround(1 / 3.5), undefined],
      [6, 0.25, 5.5],
      [5, Math.fround(0.2), 4.5],
    ])
  })

  test('by distribution goes by the order values first', async () => {
    const hits = await ask({ prefetch: [ordered, { ...nearest, limit: 3 }], query: { fusion: 'dbsf' } })
    expect(hits.map(([id, , value]) => [id, value])).toEqual([
      [6, 5.5],
      [5, 4.5],
      [1, undefined],
      [2, undefined],
      [3, undefined],
    ])
  })
})
