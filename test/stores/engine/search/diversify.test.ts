import { beforeAll, describe, expect, test } from 'vitest'
import { LocalClient } from '../../../../src/stores/local-client/local-client.js'

const client = LocalClient.memory()

beforeAll(async () => {
  await client.createCollection('points', {
    vectors: { dense: { size: 2, distance: 'Cosine' } },
    sparse_vectors: { words: { modifier: 'idf' } },
  })
  // in a fan: 1 lies along the query, the others further and further from it
  const angles = [0, 0.1, 0.2, 0.9, 1.2, 1.4]
  await client.upsert('points', {
    points: angles.map((angle, i) => ({
      id: i + 1,
      vector: {
        dense: [Math.cos(angle), Math.sin(angle)],
        // every point has the common word, and only the last two the rare one
        words: { indices: i < 4 ? [1, 10 + i] : [1, 2], values: [1, i < 4 ? 1.5 : 0.2] },
      },
      payload: { group: i % 2 === 0 ? 'even' : 'odd' },
    })),
  })
})

const idsOf = (points: readonly { id: unknown }[]) => points.map(({ id }) => id)

describe('diversified results', () => {
  test('in groups are picked from as many candidates as there are groups to be, before groups widen the query', async () => {
    const { groups } = await client.queryGroups('points', {
      query: { nearest: [1, 0], mmr: { diversity: 0.9 } },
      using: 'dense',
      group_by: 'group',
      limit: 2,
      group_size: 2,
    } as never)
    // rounds of two candidates each, nearest first: 1 and 2, then 3 and 4
    expect(groups.map(({ id, hits }) => [id, idsOf(hits)])).toEqual([
      ['even', [1, 3]],
      ['odd', [2, 4]],
    ])
  })

  test('of a sparse vector with IDF are compared without it', async () => {
    const { points } = await client.query('points', {
      query: { nearest: { indices: [1, 2], values: [1, 1] }, mmr: { diversity: 0, candidates_limit: 6 } },
      using: 'words',
      limit: 1,
    } as never)
    // with IDF the rare word counts; without it all points have the common one, and the last two a little more
    expect(points[0]!.id).toBe(6)
    expect(points[0]!.score).toBeCloseTo(0.2 * Math.log((6 - 2 + 0.5) / (2 + 0.5) + 1) + Math.log(0.5 / 6.5 + 1), 5)
  })
})
