import { describe, expect, test } from 'vitest'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import { openLocalStore } from '../../../src/stores/open-local.js'
import { processorMs } from '../../processor-time.js'

// biome-ignore lint/suspicious/noExplicitAny: the requests are wrong on purpose
type Request = any

const DEEP = 20_000
const nest = (times: number, inner: Request, around: (inner: Request) => Request): Request => {
  let value = inner
  for (let i = 0; i < times; i++) value = around(value)
  return value
}
const condition = { key: 'n', match: { value: 1 } }

async function filled(options = {}): Promise<LocalClient> {
  const client = LocalClient.memory(options)
  await client.createCollection('a', { vectors: { size: 2, distance: 'Dot' } })
  await client.upsert('a', { points: [{ id: 1, vector: [1, 0], payload: { n: 1 } }] })
  return client
}

describe('what is nested 20,000 deep is refused with status 400', () => {
  const deepFilters: [string, Request][] = [
    ['a filter of lists', nest(DEEP, condition, (inner) => ({ must: [inner] }))],
    ['a filter of objects', nest(DEEP, condition, (inner) => ({ should: inner }))],
    ['a nested filter', nest(DEEP, condition, (inner) => ({ nested: { key: 'n', filter: { must: [inner] } } }))],
    ['min_should', nest(DEEP, condition, (inner) => ({ min_should: { conditions: [inner], min_count: 1 } }))],
  ]
  const formula = nest(DEEP, '$score', (inner) => ({ neg: inner }))
  const prefetch = nest(DEEP, { query: [1, 0] }, (inner) => ({ prefetch: inner, query: [1, 0] }))
  const payload = nest(DEEP, 1, (inner) => ({ a: inner }))
  const lists = nest(DEEP, 1, (inner) => [inner])
  const path = 'a'.concat('.a'.repeat(DEEP))
  const requests: [string, (client: LocalClient) => Promise<unknown>][] = [
    ...deepFilters.flatMap(([name, filter]): [string, (client: LocalClient) => Promise<unknown>][] => [
      [`${name} of a query`, (client) => client.query('a', { query: [1, 0], filter: { must: [filter] } })],
      [`${name} of a count`, (client) => client.count('a', { filter: { must: [filter] } })],
      [`${name} of a scroll`, (client) => client.scroll('a', { filter: { must: [filter] } })],
      [`${name} of a deletion`, (client) => client.delete('a', { filter: { must: [filter] } })],
      [`${name} of a facet`, (client) => client.facet('a', { key: 'n', filter: { must: [filter] } })],
    ]),
    ['a formula', (client) => client.query('a', { prefetch: { query: [1, 0] }, query: { formula } } as Request)],
    ['a prefetch', (client) => client.query('a', prefetch)],
    ['a prefetch of groups', (client) => client.queryGroups('a', { ...prefetch, group_by: 'n' })],
    ['a prefetch in a batch', (client) => client.queryBatch('a', { searches: [prefetch] })],
    ['a payload', (client) => client.upsert('a', { points: [{ id: 2, vector: [1, 0], payload }] })],
    ['a payload to set', (client) => client.setPayload('a', { payload, points: [1] })],
    [
      'a payload in a batch',
      (client) => client.batchUpdate('a', { operations: [{ set_payload: { payload, points: [1] } }] }),
    ],
    ['a vector', (client) => client.upsert('a', { points: [{ id: 2, vector: lists }] })],
    ['a query vector', (client) => client.query('a', { query: lists })],
    ['a path of a filter', (client) => client.count('a', { filter: { must: [{ ...condition, key: path }] } })],
    ['a path to set', (client) => client.setPayload('a', { payload: { b: 1 }, key: path, points: [1] })],
    ['a path to delete', (client) => client.deletePayload('a', { keys: [path], points: [1] })],
    ['a path of a selection', (client) => client.scroll('a', { with_payload: [path] })],
    ['metadata', (client) => client.updateCollection('a', { metadata: payload } as Request)],
  ]

  test.each(requests)('%s', async (_, ask) => {
    const client = await filled()
    await expect(ask(client)).rejects.toMatchObject({ code: 'REQUEST_REFUSED', status: 400 })
    await client.close()
  })

  test('and 127 lists and objects inside each other are taken', async () => {
    const client = await filled()
    // the request, its filter and the list in it are three, and the condition with its match are two
    const filter = { must: [nest(61, condition, (inner) => ({ must: [inner] }))] }
    expect((await client.count('a', { filter })).count).toBe(1)
    const deeper = { must: [nest(62, condition, (inner) => ({ must: [inner] }))] }
    await expect(client.count('a', { filter: deeper })).rejects.toMatchObject({ status: 400 })
    await client.close()
  })
})

describe('a payload that JSON cannot say', () => {
  const cycle: Request = { a: [] }
  cycle.a.push(cycle)
  test.each<[string, Request]>([
    ['a value that contains itself', cycle],
    ['a BigInt', { n: 12345678901234567890n }],
    ['a BigInt in a list', { n: [1n] }],
    ['an object whose toJSON fails', { n: { toJSON: () => JSON.parse('{') } }],
  ])('is refused with status 400: %s', async (_, payload) => {
    const client = await filled()
    for (const ask of [
      client.upsert('a', { points: [{ id: 2, vector: [1, 0], payload }] }),
      client.setPayload('a', { payload, points: [1] }),
      client.overwritePayload('a', { payload, points: [1] }),
    ]) {
      await expect(ask).rejects.toMatchObject({ code: 'REQUEST_REFUSED', status: 400 })
    }
    expect((await client.count('a')).count).toBe(1)
    await client.close()
  })
})

describe('a filter of very many conditions', () => {
  const POINTS = 3000
  const MANY = 30_000
  /** A hundredth of the points takes about as long, as the conditions are read once; each point by each condition, a hundredth of the time. */
  const SLOWER = 20

  test.each<[string, (i: number) => Request]>([
    ['values of one field', (i) => ({ key: 'n', match: { value: i * 3 } })],
    ['lists of values', (i) => ({ key: 'n', match: { any: [i * 3, -i] } })],
    ['filters of one condition', (i) => ({ must: [{ key: 'n', match: { value: i * 3 } }] })],
    ['alternatives of alternatives', (i) => ({ should: [{ key: 'n', match: { value: i * 3 } }, { has_id: [] }] })],
    ['ids', (i) => ({ has_id: [i * 3] })],
  ])('finds what one condition with a set finds, about as fast: %s', async (_, conditionOf) => {
    const should = Array.from({ length: MANY }, (_, i) => conditionOf(i))
    const timeOf = async (length: number) => {
      const client = LocalClient.memory()
      await client.createCollection('a', { vectors: {} })
      await client.upsert('a', { points: Array.from({ length }, (_, id) => ({ id, vector: {}, payload: { n: id } })) })
      const ms = await processorMs(async () => {
        expect(await client.count('a', { filter: { should } })).toEqual({ count: length / 3 })
        expect(await client.count('a', { filter: { must_not: should } })).toEqual({ count: length - length / 3 })
      })
      await client.close()
      return ms
    }
    const few = await timeOf(POINTS / 100)
    expect(await timeOf(POINTS)).toBeLessThan(SLOWER * few)
  })

  test('is refused where the database was opened with a bound, at every depth and in every request', async () => {
    const client = await filled({ maxConditions: 3 })
    const three = {
      must: [condition, { should: [condition, { nested: { key: 'n', filter: { must: [condition] } } }] }],
    }
    const four = { must: [...three.must, condition] }
    expect((await client.count('a', { filter: three })).count).toBe(1)
    const refused = { code: 'REQUEST_REFUSED', status: 400 }
    await expect(client.count('a', { filter: four })).rejects.toMatchObject(refused)
    await expect(client.scroll('a', { filter: four })).rejects.toMatchObject(refused)
    await expect(client.query('a', { query: [1, 0], filter: four })).rejects.toMatchObject(refused)
    await expect(client.delete('a', { filter: four })).rejects.toMatchObject(refused)
    const prefetch = { query: [1, 0], filter: three }
    const merged = { prefetch, query: [1, 0], filter: { must: [condition] } }
    await expect(client.query('a', merged)).rejects.toMatchObject(refused)
    await client.close()
  })

  test('can be bounded for a store, and the bound is a whole number', async () => {
    expect(() => LocalClient.memory({ maxConditions: 0 })).toThrow('a whole number from 1 on')
    await expect(openLocalStore({ path: '/dev/null/x', maxConditions: 1.5 })).rejects.toMatchObject({
      code: expect.any(String),
    })
  })
})
