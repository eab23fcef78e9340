import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'

/** Expected scores are written with six decimals. */
const DECIMALS = 5

type Pair = readonly [number | string, number]

let client: LocalClient
beforeEach(() => {
  client = LocalClient.memory()
})
afterEach(() => client.close())

// biome-ignore lint/suspicious/noExplicitAny: some requests are wrong on purpose
type Request = any

async function expectQuery(collection: string, request: Request, expected: readonly Pair[]): Promise<void> {
  const { points } = await client.query(collection, request)
  expect(points.map(({ id }) => id)).toEqual(expected.map(([id]) => id))
  points.forEach(({ score }, i) => {
    expect(score).toBeCloseTo(expected[i]![1], DECIMALS)
  })
}

async function refusal(action: Promise<unknown>): Promise<{ status: number; message: string; code: string }> {
  return action.then(
    () => expect.fail('the request was not refused'),
    (error) => error,
  )
}

const idsOf = (points: readonly { id: unknown }[]) => points.map(({ id }) => id)

describe('sparse vectors with IDF', () => {
  const sparse = (entries: Record<number, number>) => ({
    indices: Object.keys(entries).map(Number),
    values: Object.values(entries),
  })
  const query = (entries: Record<number, number>) => ({ query: sparse(entries), using: 't' })

  beforeEach(async () => {
    await client.createCollection('s', { sparse_vectors: { t: { modifier: 'idf' }, n: {} } })
    await client.upsert('s', {
      points: [
        { id: 1, vector: { t: sparse({ 1: 1, 2: 1 }) } },
        { id: 2, vector: { t: sparse({ 2: 2, 3: 1 }) } },
        { id: 3, vector: { t: sparse({ 2: 1 }) } },
        { id: 4, vector: { n: sparse({ 1: 1 }) } },
      ],
    })
  })

  test('scores are weighted by the frequencies of the collection', async () => {
    await expectQuery('s', query({ 1: 1 }), [[1, 0.980829]])
    await expectQuery('s', query({ 2: 1 }), [
      [2, 0.267063],
      [1, 0.133531],
      [3, 0.133531],
    ])
    await expectQuery('s', { query: { indices: [2, 1], values: [1, 1] }, using: 't', limit: 2 }, [
      [1, 1.114361],
      [2, 0.267063],
    ])
    await expectQuery('s', query({ 99: 1 }), [])
    await expectQuery('s', query({}), [])
  })

  test('an empty vector is stored and returned and does not count', async () => {
    await client.upsert('s', { points: [{ id: 5, vector: { t: sparse({}) } }] })
    const [point] = await client.retrieve('s', { ids: [5], with_vector: true })
    expect(point!.vector).toEqual({ t: { indices: [], values: [] } })
    await expectQuery('s', query({ 1: 1 }), [[1, 0.980829]])
  })

  test('a deleted point still counts, an id stored again after that counts twice', async () => {
    await client.delete('s', { points: [3] })
    await expectQuery('s', query({ 2: 1 }), [
      [2, 0.267063],
      [1, 0.133531],
    ])
    await client.upsert('s', { points: [{ id: 3, vector: { t: sparse({ 7: 1 }) } }] })
    await expectQuery('s', query({ 7: 1 }), [[3, Math.log(3.5 / 1.5 + 1)]])
  })

  test('a deleted vector still counts, and its point is not found', async () => {
    await client.deleteVectors('s', { points: [1], vector: ['t'] })
    await expectQuery('s', query({ 1: 1 }), [])
    await expectQuery('s', query({ 2: 1 }), [
      [2, 0.267063],
      [3, 0.133531],
    ])
  })

  test('indices come back in order, repeated ones and unequal lengths are refused with 422', async () => {
    await client.upsert('s', { points: [{ id: 6, vector: { n: { indices: [9, 4, 7], values: [1, 2, 3] } } }] })
    const [point] = await client.retrieve('s', { ids: [6], with_vector: ['n'] })
    expect(point!.vector).toEqual({ n: { indices: [4, 7, 9], values: [2, 3, 1] } })
    const put = (vector: Request) => refusal(client.upsert('s', { points: [{ id: 8, vector: { n: vector } }] }))
    expect(await put({ indices: [1, 1], values: [1, 2] })).toMatchObject({
      status: 422,
      code: 'SPARSE_DUPLICATE_INDEX',
    })
    expect(await put({ indices: [1], values: [1, 2] })).toMatchObject({ status: 422 })
    expect(await put({ indices: [2 ** 32], values: [1] })).toMatchObject({ status: 400 })
    expect(await client.count('s')).toEqual({ count: 5 })
  })

  test('a score of 0 is not returned, a negative one is', async () => {
    await client.upsert('s', {
      points: [
        { id: 10, vector: { n: sparse({ 1: 1, 2: -1 }) } },
        { id: 11, vector: { n: sparse({ 1: -3 }) } },
      ],
    })
    await expectQuery('s', { query: sparse({ 1: 1, 2: 1 }), using: 'n' }, [
      [4, 1],
      [11, -3],
    ])
  })

  test('a text is embedded by the built-in BM25, any other model is refused with 500', async () => {
    await client.createCollection('b', { sparse_vectors: { t: { modifier: 'idf' } } })
    const model = 'Qdrant/bm25'
    const text = 'Recipe for baking chocolate chip cookies'
    await client.upsert('b', { points: [{ id: 1, vector: { t: { text, model } as Request } }] })
    const [point] = await client.retrieve('b', { ids: [1], with_vector: true })
    const { t } = point!.vector as unknown as { t: { indices: number[]; values: number[] } }
    expect(t.indices).toEqual([112174620, 177304315, 662344706, 771857363, 1617337648])
    expect(t.values[0]).toBeCloseTo(1.6697302, DECIMALS)
    await expectQuery('b', { query: { text: 'cookies', model: 'bm25' }, using: 't' }, [
      [1, 1.6697302 * Math.log(4 / 3)],
    ])
    const unknown = refusal(client.query('b', { query: { text, model: 'x/y' } as Request, using: 't' }))
    expect(await unknown).toMatchObject({ status: 500, code: 'INFERENCE_UNAVAILABLE' })
  })
})

describe('dense vectors', () => {
  beforeEach(async () => {
    await client.createCollection('d', { vectors: { size: 2, distance: 'Cosine' } })
    await client.upsert('d', {
      points: [
        { id: 1, vector: [3, 4], payload: { g: 'a', n: 1 } },
        { id: 2, vector: [0, 0], payload: { g: 'b', n: 2 } },
        { id: 3, vector: [1, 0], payload: { g: ['a', 'b'], n: 3 } },
      ],
    })
  })

  test('cosine vectors are stored normalized, a zero vector as zeros', async () => {
    const points = await client.retrieve('d', { ids: [1, 2], with_vector: true })
    const [first, second] = points.map(({ vector }) => vector as number[])
    expect(first![0]).toBeCloseTo(0.6, DECIMALS)
    expect(first![1]).toBeCloseTo(0.8, DECIMALS)
    expect(second).toEqual([0, 0])
  })

  test('thresholds are exclusive in float32', async () => {
    await expectQuery('d', { query: [2, 0] }, [
      [3, 1],
      [1, 0.6],
      [2, 0],
    ])
    await expectQuery('d', { query: [2, 0], score_threshold: 0.6 }, [[3, 1]])
    await expectQuery('d', { query: [2, 0], score_threshold: 0.59 }, [
      [3, 1],
      [1, 0.6],
    ])
    await expectQuery('d', { query: [2, 0], offset: 2 }, [[2, 0]])
  })

  test('an id stands for its vector; a missing one is not found', async () => {
    await expectQuery('d', { query: 1 }, [
      [3, 0.6],
      [2, 0],
    ])
    expect(await refusal(client.query('d', { query: 77 }))).toMatchObject({
      status: 404,
      message: 'Not found: No point with id 77 found',
    })
  })

  test('every id used as a vector is kept out of every prefetch', async () => {
    const prefetch = [{ query: 1 }, { query: [1, 0] }]
    const { points } = await client.query('d', { prefetch, query: { fusion: 'rrf' } })
    expect(idsOf(points).sort()).toEqual([2, 3])
  })

  test('fusions give the scores of the server', async () => {
    const prefetch = [{ query: [1, 0] }, { query: [3, 4] }]
    await expectQuery('d', { prefetch, query: { fusion: 'rrf' } }, [
      [1, 0.833333],
      [3, 0.833333],
      [2, 0.5],
    ])
    await expectQuery('d', { prefetch, query: { rrf: { k: 60 } } }, [
      [1, 0.0330602],
      [3, 0.0330602],
      [2, 0.0322581],
    ])
    await expectQuery('d', { prefetch, query: { rrf: { weights: [3, 1] } } }, [
      [1, 1.1],
      [3, 1.083333],
      [2, 0.75],
    ])
    const cut = [{ query: [1, 0] }, { query: [3, 4], limit: 1 }]
    await expectQuery('d', { prefetch: cut, query: { fusion: 'dbsf' } }, [
      [1, 1.022076],
      [3, 0.654529],
      [2, 0.323396],
    ])
  })

  test('recommend, discover, context-free MMR and formulas give the scores of the server', async () => {
    const examples = { positive: [[1, 0]], negative: [[0, 1]] }
    const recommend = (strategy: string) => ({ query: { recommend: { ...examples, strategy } } })
    await expectQuery('d', recommend('average_vector'), [
      [3, 0.894427],
      [1, 0.178885],
      [2, 0],
    ])
    await expectQuery('d', recommend('best_score'), [
      [3, 0.75],
      [2, -0.5],
      [1, -0.722222],
    ])
    await expectQuery('d', recommend('sum_scores'), [
      [3, 1],
      [2, 0],
      [1, -0.2],
    ])
    const discover = { target: [1, 0], context: [{ positive: [1, 0], negative: [0, 1] }] }
    await expectQuery('d', { query: { discover } }, [
      [3, 1.75],
      [2, 0.5],
      [1, -0.3125],
    ])
    const { points } = await client.query('d', { query: { nearest: [1, 0], mmr: { diversity: 0.9 } } })
    expect(idsOf(points)).toEqual([3, 2, 1])
    const formula = { sum: ['$score', { mult: [0.5, 'n'] }] }
    await expectQuery('d', { prefetch: { query: [1, 0] }, query: { formula } as Request }, [
      [3, 2.5],
      [1, 1.1],
      [2, 1],
    ])
  })

  test('groups hold the best points of each value', async () => {
    const { groups } = await client.queryGroups('d', { query: [1, 0], group_by: 'g', group_size: 2 })
    expect(groups.map(({ id, hits }) => [id, idsOf(hits)])).toEqual([
      ['a', [3, 1]],
      ['b', [3, 2]],
    ])
  })

  test('a prefetch is cut before it is rescored, and the root filter reaches it', async () => {
    const request = { prefetch: { query: [1, 0], limit: 1 }, query: [3, 4] }
    await expectQuery('d', request, [[3, 0.6]])
    await expectQuery('d', { ...request, filter: { must: [{ key: 'n', match: { value: 1 } }] } }, [[1, 1]])
  })

  test('requests that contradict themselves are refused in the words of the server', async () => {
    const cases: [Request, number, RegExp][] = [
      [
        { prefetch: { query: [1, 0] }, query: { fusion: 'rrf' }, using: 'x' },
        400,
        /^Bad request: Fusion queries cannot/,
      ],
      [{ prefetch: { query: [1, 0] } }, 400, /^Bad request: A query is needed to merge the prefetches/],
      [{ score_threshold: 0.5 }, 400, /^Bad request: A query is needed to use the score_threshold/],
      [{ query: { fusion: 'rrf' } }, 400, /cannot apply Fusion without prefetches$/],
      [
        { prefetch: [{ query: [1, 0] }], query: { rrf: { weights: [1, 2] } } },
        400,
        /weights length \(2\) does not match number of prefetches \(1\)/,
      ],
      [{ query: [1, 0], limit: 0 }, 422, /\[internal\.limit: value 0 invalid, must be 1 or larger\]/],
      [{ query: [1, 0, 0] }, 400, /^Wrong input: Vector dimension error: expected dim: 2, got 3$/],
      [{ query: [1, 0], filter: { musst: [] } }, 400, /unknown field `musst`/],
    ]
    for (const [request, status, message] of cases) {
      const error = await refusal(client.query('d', request))
      expect(error.status).toBe(status)
      expect(error.message).toMatch(message)
    }
  })

  test('ids that are none are refused; UUIDs come back lower case with hyphens, after the integers', async () => {
    for (const id of [-1, 1.5, 2 ** 64, 'abc', '123']) {
      expect(await refusal(client.upsert('d', { points: [{ id, vector: [1, 0] }] }))).toMatchObject({ status: 400 })
    }
    await client.upsert('d', { points: [{ id: '550E8400E29B41D4A716446655440000', vector: [1, 0] }] })
    const page = await client.scroll('d', { limit: 3, with_payload: false })
    expect(idsOf(page.points)).toEqual([1, 2, 3])
    expect(page.next_page_offset).toBe('550e8400-e29b-41d4-a716-446655440000')
  })

  test('a vector with NaN or of a wrong size refuses the whole batch', async () => {
    const bad = [
      { id: 8, vector: [1, 1] },
      { id: 9, vector: [Number.NaN, 1] },
    ]
    expect(await refusal(client.upsert('d', { points: bad }))).toMatchObject({ code: 'VECTOR_NOT_FINITE', status: 400 })
    const short = [
      { id: 8, vector: [1, 1] },
      { id: 9, vector: [1] },
    ]
    expect(await refusal(client.upsert('d', { points: short, wait: false }))).toMatchObject({
      code: 'VECTOR_DIMENSION',
    })
    expect(await client.count('d')).toEqual({ count: 3 })
  })

  test('update modes and update filters decide what is stored', async () => {
    const point = (id: number, v: string) => ({ id, vector: [1, 0], payload: { v } })
    await client.upsert('d', { points: [point(1, 'x'), point(7, 'x')], update_mode: 'insert_only' })
    await client.upsert('d', { points: [point(2, 'y'), point(8, 'y')], update_mode: 'update_only' })
    const update_filter = { must: [{ key: 'n', match: { value: 3 } }] }
    await client.upsert('d', { points: [point(1, 'z'), point(3, 'z'), point(9, 'z')], update_filter })
    const points = await client.retrieve('d', { ids: [1, 2, 3, 7, 8, 9], with_payload: ['v'] })
    expect(points.map(({ id, payload }) => [id, payload!.v])).toEqual([
      [1, undefined],
      [2, 'y'],
      [3, 'z'],
      [7, 'x'],
      [9, 'z'],
    ])
  })

  test('a null takes a payload key away, and the answer says whether the write was waited for', async () => {
    const result = await client.setPayload('d', { payload: { n: null, g: 'c' }, points: [1] })
    expect(result.status).toBe('completed')
    expect((await client.retrieve('d', { ids: [1] }))[0]!.payload).toEqual({ g: 'c' })
    expect((await client.setPayload('d', { payload: { q: 1 }, points: [1], wait: false })).status).toBe('acknowledged')
    expect((await client.delete('d', { points: [2] })).status).toBe('acknowledged')
  })

  test('float32 arrays are taken as vectors', async () => {
    await client.upsert('d', { points: [{ id: 20, vector: Float32Array.of(0, 1) as Request }] })
    await expectQuery('d', { query: Float32Array.of(0, 1) as Request, limit: 1 }, [[20, 1]])
  })
})

describe('multivectors', () => {
  const multivector = { size: 2, multivector_config: { comparator: 'max_sim' as const } }

  test('MaxSim sums over normalized query rows, a dense query is one row', async () => {
    await client.createCollection('m', { vectors: { ...multivector, distance: 'Cosine' } })
    await client.upsert('m', {
      points: [
        {
          id: 1,
          vector: [
            [3, 4],
            [1, 0],
          ],
        },
        { id: 2, vector: [0, 2] },
      ],
    })
    await expectQuery(
      'm',
      {
        query: [
          [2, 0],
          [0, 5],
        ],
        limit: 1,
      },
      [[1, 1.8]],
    )
    await expectQuery('m', { query: [2, 0], limit: 1 }, [[1, 1]])
    expect((await client.retrieve('m', { ids: [2], with_vector: true }))[0]!.vector).toEqual([[0, 1]])
  })

  test('Euclid is shown as the root of the summed squares', async () => {
    await client.createCollection('m', { vectors: { ...multivector, distance: 'Euclid' } })
    await client.upsert('m', {
      points: [
        {
          id: 1,
          vector: [
            [1, 0],
            [3, 2],
          ],
        },
      ],
    })
    await expectQuery(
      'm',
      {
        query: [
          [0, 0],
          [3, 3],
        ],
      },
      [[1, Math.SQRT2]],
    )
  })

  test('ragged and empty rows are refused with 422', async () => {
    await client.createCollection('m', { vectors: { ...multivector, distance: 'Dot' } })
    for (const vector of [[[1, 2], [3]], [[]], []] as Request[]) {
      expect(await refusal(client.upsert('m', { points: [{ id: 1, vector }] }))).toMatchObject({ status: 422 })
    }
  })
})

test('a collection that is made again with a wrong config is not deleted first', async () => {
  await client.createCollection('c', { vectors: { size: 2, distance: 'Dot' } })
  await client.upsert('c', { points: [{ id: 1, vector: [1, 2] }] })
  const wrong = { vectors: { size: 0, distance: 'Dot' } } as const
  await expect(client.recreateCollection('c', wrong)).rejects.toMatchObject({ code: 'REQUEST_REFUSED' })
  expect((await client.count('c')).count).toBe(1)
})

describe('what needs a server', () => {
  test('snapshots and shard keys are refused by name', async () => {
    await client.createCollection('d', { vectors: { size: 2, distance: 'Cosine' } })
    expect(await refusal(client.createSnapshot('d'))).toMatchObject({ code: 'NOT_SUPPORTED', status: 501 })
    expect(await refusal(client.query('d', { query: [1, 0], shard_key: 'a' }))).toMatchObject({ code: 'NOT_SUPPORTED' })
  })

  test('what was asked for before the client is closed is written', async () => {
    const path = mkdtempSync(join(tmpdir(), 'offgrid-closing-'))
    const closing = await LocalClient.open({ path })
    await closing.createCollection('e', { vectors: { size: 2, distance: 'Dot' } })
    const written = closing.upsert('e', { points: [{ id: 1, vector: [1, 2] }] })
    const set = closing.batchUpdate('e', { operations: [{ set_payload: { payload: { n: 1 }, points: [1] } }] })
    await closing.close()
    expect(await Promise.all([written, set])).toMatchObject([{ status: 'completed' }, [{ status: 'completed' }]])
    const reader = await LocalClient.open({ path, readOnly: true })
    expect((await reader.retrieve('e', { ids: [1] }))[0]).toMatchObject({ payload: { n: 1 } })
    await reader.close()
    rmSync(path, { recursive: true, force: true })
  })

  test('a closed client refuses every call', async () => {
    await client.close()
    expect(await refusal(client.getCollections())).toMatchObject({ code: 'STORE_CLOSED' })
    expect(await refusal(client.createCollection('d', {}))).toMatchObject({ code: 'STORE_CLOSED' })
  })
})
