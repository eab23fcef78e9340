import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LocalClient } from '../../../../src/stores/local-client/local-client.js'
import { parseDatetime } from '../../../../src/stores/request/datetime.js'

// biome-ignore lint/suspicious/noExplicitAny: some requests are wrong on purpose
type Json = any

const CONFIG = {
  vectors: { d: { size: 2, distance: 'Dot' } },
  sparse_vectors: { s: {}, payload: {}, filter: {} },
} as const
const point = (id: number, first: number, payload?: Json) => ({
  id,
  vector: { d: [first, 0] },
  ...(payload && { payload }),
})

async function open(): Promise<LocalClient> {
  const client = LocalClient.memory()
  await client.createCollection('a', CONFIG)
  return client
}

const payloadOf = async (client: LocalClient, id: number) => (await client.retrieve('a', { ids: [id] }))[0]?.payload
const vectorOf = async (client: LocalClient, id: number) =>
  (await client.retrieve('a', { ids: [id], with_vector: true }))[0]?.vector

describe('setPayload of a null', () => {
  const values = { x: null, b: { c: null } }

  test('is kept on a point that has no payload, and takes the key away on one that has', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'offgrid-null-'))
    const stores = [await open(), await LocalClient.open({ path: folder, durability: 'process' })]
    await stores[1]!.createCollection('a', CONFIG)
    for (const client of stores) {
      await client.upsert('a', { points: [point(1, 1), point(2, 1, { a: 1 }), point(3, 1, {}), point(4, 1, { a: 1 })] })
      await client.clearPayload('a', { points: [4] })
      await client.upsert('a', { points: [{ ...point(5, 1), payload: { gone: 1 } }, point(6, 1, { gone: 1 })] })
      await client.upsert('a', { points: [point(5, 1)] })
      await client.deletePayload('a', { keys: ['gone'], points: [6] })
      await client.setPayload('a', { payload: values, points: [1, 2, 3, 4, 5, 6] })
      expect(await payloadOf(client, 1)).toEqual(values)
      expect(await payloadOf(client, 2)).toEqual({ a: 1, b: { c: null } })
      expect(await payloadOf(client, 3)).toEqual({ b: { c: null } })
      expect(await payloadOf(client, 4)).toEqual(values)
      expect(await payloadOf(client, 5)).toEqual(values)
      expect(await payloadOf(client, 6)).toEqual({ b: { c: null } })
      await client.setPayload('a', { payload: values, points: [1] })
      expect(await payloadOf(client, 1)).toEqual({ b: { c: null } })
      await client.close()
    }
    rmSync(folder, { recursive: true })
  })

  test('into a key makes the objects on the way and nothing in them', async () => {
    const client = await open()
    await client.upsert('a', { points: [point(1, 1)] })
    await client.setPayload('a', { payload: { x: null }, key: 'n.m', points: [1] })
    expect(await payloadOf(client, 1)).toEqual({ n: { m: {} } })
  })

  test('is kept where the store was closed and compacted in between', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'offgrid-null-'))
    const first = await LocalClient.open({ path: folder, durability: 'process' })
    await first.createCollection('a', CONFIG)
    await first.upsert('a', { points: [point(1, 1)] })
    // a new vector writes the points anew
    await first.createVectorName('a', 'more', { sparse: {} })
    await first.close()
    const second = await LocalClient.open({ path: folder, durability: 'process' })
    expect(await payloadOf(second, 1)).toEqual({})
    await second.setPayload('a', { payload: { x: null }, points: [1] })
    expect(await payloadOf(second, 1)).toEqual({ x: null })
    await second.close()
    rmSync(folder, { recursive: true })
  })
})

describe('an upsert with one id twice', () => {
  const twice = (id: number) => [point(id, 5, { n: 5 }), point(id, 6, { n: 6 })]
  const filter = { must: [{ key: 'n', match: { value: 1 } }] }

  test.each<[string, Json, number | undefined, number | undefined]>([
    ['upsert', {}, 6, 6],
    ['insert_only', { update_mode: 'insert_only' }, 6, 1],
    ['update_only', { update_mode: 'update_only' }, undefined, 6],
    ['a filter that the point passes', { update_filter: filter }, 6, 6],
    ['a filter that it does not pass', { update_filter: { must_not: [filter] } }, 6, 1],
  ])('keeps the last, decided by what was there before: %s', async (_, options, ofNew, ofOld) => {
    const client = await open()
    await client.upsert('a', { points: [point(1, 1, { n: 1 })] })
    await client.upsert('a', { points: [...twice(1), ...twice(2)], ...options })
    const firstOf = async (id: number) => ((await vectorOf(client, id)) as { d: number[] } | undefined)?.d[0]
    expect([await firstOf(2), await firstOf(1)]).toEqual([ofNew, ofOld])
  })
})

describe('a request that the server refuses', () => {
  const empty = { indices: [], values: [] }
  test.each<[string, number, (client: LocalClient) => Promise<unknown>]>([
    [
      'updateVectors with an empty sparse vector',
      422,
      (c) => c.updateVectors('a', { points: [{ id: 1, vector: { s: empty } }] }),
    ],
    ['updateVectors without a vector', 422, (c) => c.updateVectors('a', { points: [{ id: 1, vector: {} }] })],
    [
      'a negative values_count',
      400,
      (c) => c.count('a', { filter: { must: [{ key: 'n', values_count: { gt: -1 } }] } }),
    ],
    [
      'a broken values_count',
      400,
      (c) => c.count('a', { filter: { must: [{ key: 'n', values_count: { lt: 1.5 } }] } }),
    ],
    [
      'with_payload that includes and excludes',
      400,
      (c) => c.scroll('a', { with_payload: { include: ['a'], exclude: ['b'] } as Json }),
    ],
    ['with_vector and with_vectors', 400, (c) => c.scroll('a', { with_vector: true, with_vectors: true } as Json)],
  ])('is refused: %s', async (_, status, ask) => {
    const client = await open()
    await client.upsert('a', { points: [point(1, 1)] })
    await expect(ask(client)).rejects.toMatchObject({ code: 'REQUEST_REFUSED', status })
  })

  test('but an empty sparse vector is taken beside another vector, and in an upsert', async () => {
    const client = await open()
    await client.upsert('a', { points: [{ id: 1, vector: { d: [1, 0], s: empty } }] })
    await client.updateVectors('a', { points: [{ id: 1, vector: { d: [2, 0], s: empty } }] })
    expect(await vectorOf(client, 1)).toEqual({ d: [2, 0], s: empty })
  })
})

test('with_vectors is another name of with_vector in every request that has it', async () => {
  const client = await open()
  await client.upsert('a', { points: [point(1, 1, { g: 'a' })] })
  const other = { with_vectors: true } as Json
  const query = { query: [1, 0], using: 'd', ...other }
  const points = [
    ...(await client.query('a', query)).points,
    ...(await client.queryBatch('a', { searches: [query] }))[0]!.points,
    ...(await client.queryGroups('a', { ...query, group_by: 'g' })).groups[0]!.hits,
    ...(await client.scroll('a', other)).points,
    ...(await client.retrieve('a', { ids: [1], ...other })),
  ]
  for (const { vector } of points) expect(vector).toEqual({ d: [1, 0] })
})

test('BM25 texts are embedded under every name of a vector, "payload" and "filter" too, and never in a payload or a filter', async () => {
  const client = await open()
  const text = { text: 'recipe', model: 'Qdrant/bm25' }
  await client.upsert('a', {
    points: [{ id: 1, vector: { payload: text, filter: text }, payload: { vector: text } }],
  } as Json)
  await client.upsert('a', { batch: { ids: [2], vectors: { payload: [text] }, payloads: [{ filter: text }] } } as Json)
  await client.updateVectors('a', { points: [{ id: 2, vector: { filter: text } }] } as Json)
  for (const using of ['payload', 'filter']) {
    expect((await client.query('a', { query: text, using } as Json)).points.map(({ id }) => id)).toEqual([1, 2])
  }
  expect(await payloadOf(client, 1)).toEqual({ vector: text })
  expect(await payloadOf(client, 2)).toEqual({ filter: text })
})

test('a missing id among the examples of a recommendation is left out in groups, and refused in a query', async () => {
  const client = await open()
  await client.upsert('a', { points: [point(1, 1, { g: 'a' }), point(2, 2, { g: 'b' })] })
  const request = { query: { recommend: { positive: [1, 77] } }, using: 'd' }
  await expect(client.query('a', request)).rejects.toMatchObject({ status: 404 })
  const { groups } = await client.queryGroups('a', { ...request, group_by: 'g' })
  expect(groups.map(({ id }) => id)).toEqual(['b'])
})

/** Half past midnight in Central Europe. */
const TIME = Date.UTC(2019, 11, 31, 23, 30) * 1000

test.each<[string, number | null]>([
  ['2020-01-01T00:30:00+01:00', TIME],
  ['2020-01-01t00:30:00 +0100', TIME],
  ['2020-1-1 0:30:0+01', TIME],
  [' 2019-12-31  23:30:00', TIME],
  ['2019-12-31T23:30:00 UTC', TIME],
  ['2019-12-31T23:30', TIME],
  ['2019-12-31 23:30', TIME],
  ['+2019-12-31T23:30:00Z', TIME],
  ['2019-12-31T22:30:00\u221201:00', TIME],
  ['2019-12-31T23:30:00.0000009Z', TIME],
  ['2019-12-31T23:30:00.0000019Z', TIME + 1],
  ['2019-12-31T23:29:60Z', TIME],
  ['2019-12-31T23:30Z', null],
  ['2019-12-31T23:30+00:00', null],
  ['2019-12-31T23:30:00+24:00', null],
  ['2019-12-31T23:30:00+00:60', null],
  ['2019-12-31t23:30:00', null],
  ['2019-12-31T23:30:00.Z', null],
  ['2019-12-31 ', null],
  ['2019-02-29', null],
  ['20191231', null],
  ['2019-12-31Z', null],
  ['2019-12-31T24:00:00Z', null],
])('the datetime %j is %j microseconds', (text, expected) => {
  expect(parseDatetime(text)).toBe(expected)
})
