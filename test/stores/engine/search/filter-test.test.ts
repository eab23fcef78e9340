import { describe, expect, test } from 'vitest'
import { LocalClient } from '../../../../src/stores/local-client/local-client.js'

const client = LocalClient.memory()

const idsOf = (points: readonly { id: unknown }[]) => points.map(({ id }) => id)

describe('a geo polygon', () => {
  test('holds what its ring goes round twice', async () => {
    await client.createCollection('places', { vectors: {} })
    await client.upsert('places', {
      points: [
        { id: 1, vector: {}, payload: { at: { lon: 0, lat: 0 } } },
        { id: 2, vector: {}, payload: { at: { lon: 0, lat: 0.9 } } },
        { id: 3, vector: {}, payload: { at: { lon: 3, lat: 3 } } },
      ],
    })
    const corner = (i: number) => ({ lon: Math.sin((i * 4 * Math.PI) / 5), lat: Math.cos((i * 4 * Math.PI) / 5) })
    const star = [0, 1, 2, 3, 4, 0].map(corner)
    const filter = { must: [{ key: 'at', geo_polygon: { exterior: { points: star } } }] }
    expect(idsOf((await client.scroll('places', { filter })).points)).toEqual([1, 2])
  })
})

describe('a payload path', () => {
  test('may have an empty key and accented letters, and never starts with a dot', async () => {
    const filter = (key: string) => ({ filter: { must: [{ key, match: { value: 1 } }] } })
    await client.createCollection('keys', { vectors: {} })
    await client.upsert('keys', { points: [{ id: 1, vector: {}, payload: { '': 1, größe: 1, a: 1 } }] })
    expect((await client.count('keys', filter('""'))).count).toBe(1)
    expect((await client.count('keys', filter('größe'))).count).toBe(1)
    for (const key of ['.a', 'a.', '"a\\b"', '[0]']) {
      await expect(client.count('keys', filter(key)), key).rejects.toMatchObject({ status: 400 })
    }
  })
})

describe('a score threshold of a query by examples', () => {
  test('is decided as for the distance of the vector, though larger scores go first', async () => {
    await client.createCollection('line', {
      vectors: { euclid: { size: 1, distance: 'Euclid' }, dot: { size: 1, distance: 'Dot' } },
    })
    await client.upsert('line', { points: [1, 2, 3].map((id) => ({ id, vector: { euclid: [id], dot: [id] } })) })
    const discover = async (using: string, threshold: number) => {
      const query = { discover: { target: [1], context: [] } }
      const request = { query, using, score_threshold: threshold }
      return (await client.query('line', request as never)).points
    }
    // by Euclid the scores are 0.5, 0.25 and 0.1: the first of them decides
    expect(idsOf(await discover('euclid', 0.3))).toEqual([])
    expect(idsOf(await discover('euclid', 0.6))).toEqual([1, 2, 3])
    // by the dot product they are 0.875, 0.83 and 0.75
    expect(idsOf(await discover('dot', 0.8))).toEqual([3, 2])
  })
})
