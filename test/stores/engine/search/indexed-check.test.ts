import { describe, expect, test } from 'vitest'
import { LocalClient } from '../../../../src/stores/local-client/local-client.js'

// What a Qdrant core answered to the same requests over the same points.

const A = '550e8400-e29b-41d4-a716-446655440000'
/** Values of the field `f` by id; 40 has none. */
const VALUES: Record<number, unknown> = {
  1: A,
  2: A.toUpperCase(),
  3: A.replaceAll('-', ''),
  4: 'abc',
  5: [A, 'x'],
  6: null,
  7: [],
  8: 7,
  9: 2.5,
  10: true,
  11: [1, 'a', null],
  12: { q: 1 },
  13: [1, 2.5],
  14: '2020-01-01',
  15: ['2020-01-01T00:00:00Z', 3],
  16: [null],
  17: 'a',
  18: [5, 5],
}
const UUIDS = [1, 2, 3, 5]

// biome-ignore lint/suspicious/noExplicitAny: conditions of every kind
type Json = any

async function open(schema: Json, field = 'f', values = VALUES): Promise<LocalClient> {
  const client = LocalClient.memory()
  await client.createCollection('a', { vectors: {} })
  const points = Object.entries(values).map(([id, f]) => ({ id: Number(id), vector: {}, payload: { f } }))
  await client.upsert('a', { points: [...points, { id: 40, vector: {}, payload: {} }] })
  if (schema) await client.createPayloadIndex('a', { field_name: field, field_schema: schema })
  return client
}

async function ids(client: LocalClient, filter: Json): Promise<unknown[]> {
  const { points } = await client.scroll('a', { filter, limit: 100, with_payload: false })
  return points.map(({ id }) => id)
}

const UPPER = A.toUpperCase()

test.each<[string | null, Json, number[]]>([
  ['uuid', { match: { value: UPPER } }, UUIDS],
  ['uuid', { match: { any: [A] } }, UUIDS],
  ['uuid', { match: { any: ['abc', A] } }, [1, 4, 5]],
  ['uuid', { match: { except: [UPPER] } }, []],
  ['uuid', { match: { except: [] } }, UUIDS],
  ['uuid', { match: { value: 'abc' } }, [4]],
  ['keyword', { match: { value: UPPER } }, [2]],
  ['keyword', { match: { except: ['a'] } }, [1, 2, 3, 4, 5, 14, 15]],
  ['keyword', { match: { value: 7 } }, [8]],
  ['integer', { match: { except: [1, 7] } }, [15, 18]],
  ['integer', { match: { except: ['a'] } }, [1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15, 18]],
  ['integer', { range: { gte: 1 } }, [8, 11, 13, 15, 18]],
  ['integer', { range: { lt: '2021-01-01' } }, [8, 11, 13, 15, 18]],
  [{ type: 'integer', lookup: true, range: false } as never, { range: { gte: 1 } }, [8, 9, 11, 13, 15, 18]],
  ['float', { range: { gte: 1 } }, [8, 9, 11, 13, 15, 18]],
  ['float', { range: { gte: '2020-01-01' } }, []],
  ['datetime', { range: { gte: 1 } }, [14, 15]],
  ['datetime', { range: { lt: '2021-01-01' } }, [14, 15]],
  ['bool', { match: { value: true } }, [10]],
  ['keyword', { is_null: true }, [6, 11, 16]],
  ['geo', { is_empty: true }, [6, 7, 40]],
  // of several predicates the index answers the one that it knows
  ['keyword', { match: { value: 'a' }, range: { gte: 2 } }, [11, 17]],
  ['float', { match: { value: 'a' }, range: { gte: 2 } }, [8, 9, 13, 15, 18]],
  ['keyword', { match: { value: 'a' }, is_null: true }, [11, 17]],
  ['text', { match: { text: 'a' }, range: { gte: 2 } }, [11, 17]],
  // without one, a number of values decides alone, else emptiness, else null; the others are alternatives
  [null, { match: { value: 'a' }, range: { gte: 2 } }, [8, 9, 11, 13, 15, 17, 18]],
  [null, { match: { value: 'a' }, is_null: true }, [6, 11, 16]],
  [null, { is_empty: false, is_null: false }, [1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]],
  [null, { values_count: { gte: 3 }, match: { value: 'a' } }, [11]],
  [null, { match: { value: UPPER } }, [2]],
])('over a field of mixed types with an index of type %j, %j finds %j', async (schema, predicates, expected) => {
  const client = await open(schema)
  const condition = { key: 'f', ...predicates }
  expect(await ids(client, { must: [condition] })).toEqual(expected)
  const others = [...Object.keys(VALUES).map(Number), 40].filter((id) => !expected.includes(id))
  expect(await ids(client, { must_not: [condition] })).toEqual(others)
  // a condition beside others of the same field is not asked of another index
  expect(await ids(client, { should: [condition, { key: 'f', match: { value: 'nothing' } }] })).toEqual(expected)
  await client.close()
})

describe('a field with an index', () => {
  test('is null where a list of it holds a null, by either form of the condition', async () => {
    const plain = await open(null)
    const indexed = await open('keyword')
    expect(await ids(plain, { must: [{ is_null: { key: 'f' } }] })).toEqual([6])
    expect(await ids(indexed, { must: [{ is_null: { key: 'f' } }] })).toEqual([6, 11, 16])
  })

  test('whose path opens lists is empty where all its values are, and without an index where one is', async () => {
    const values = { 1: [null, 'a'], 2: [null, []], 3: ['a'] }
    const isEmpty = { must: [{ key: 'f[]', is_empty: true }] }
    expect(await ids(await open(null, 'f[]', values), isEmpty)).toEqual([1, 2, 40])
    expect(await ids(await open('keyword', 'f[]', values), isEmpty)).toEqual([2, 40])
  })

  test('of UUIDs counts all forms of one as one', async () => {
    const client = await open('uuid')
    expect((await client.facet('a', { key: 'f' })).hits).toEqual([{ value: A, count: 4 }])
  })

  test('orders a point once for each different value', async () => {
    const client = await open('float')
    const { points } = await client.scroll('a', { order_by: 'f', limit: 100 })
    expect(points.map(({ id, order_value }) => [id, order_value])).toEqual([
      [11, 1],
      [13, 1],
      [9, 2.5],
      [13, 2.5],
      [15, 3],
      [18, 5],
      [8, 7],
    ])
  })

  test('is asked of fields only, not of the elements that a nested condition looks into', async () => {
    const values = { 1: [{ g: [1, null] }], 2: [{ g: null }] }
    const nested = { must: [{ nested: { key: 'f', filter: { must: [{ is_null: { key: 'g' } }] } } }] }
    expect(await ids(await open('keyword', 'f[].g', values), nested)).toEqual([2])
  })
})
