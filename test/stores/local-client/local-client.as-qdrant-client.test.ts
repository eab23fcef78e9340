import { QdrantClient } from '@qdrant/js-client-rest'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'

let local: LocalClient
beforeEach(() => {
  local = LocalClient.memory()
})
afterEach(() => local.close())

/** What LangChain makes of an error of Qdrant's client. */
// biome-ignore lint/suspicious/noExplicitAny: it takes whatever was thrown
function asLangChainPrints(error: any): string {
  return `${error?.status ?? 'Undefined error code'} ${error?.message}: ${error?.data?.status?.error}`
}

describe('LocalClient in place of the class of @qdrant/js-client-rest', () => {
  test('type-checks where that class is asked for, and is the same object', async () => {
    const client: QdrantClient = local.asQdrantClient()
    const count = (asked: QdrantClient) => asked.getCollections().then(({ collections }) => collections.length)
    expect(await count(local.asQdrantClient())).toBe(0)
    expect(client).toBe(local)
    // @ts-expect-error: what has none of the methods is no client
    const wrong: Date = local.asQdrantClient()
    expect(wrong).toBe(local)
  })

  test('has every method of it, with arguments and results that the compiler takes', () => {
    const methods: Pick<QdrantClient, keyof QdrantClient> = local
    const names = Object.getOwnPropertyNames(QdrantClient.prototype).filter((name) => name !== 'constructor')
    expect(names.length).toBeGreaterThan(50)
    expect(names.filter((name) => typeof methods[name as keyof typeof methods] !== 'function')).toEqual([])
  })

  test('answers the searches that query replaces as query does', async () => {
    await local.createCollection('c', { vectors: { a: { size: 2, distance: 'Cosine' } }, sparse_vectors: { s: {} } })
    const vectors = [
      [1, 0],
      [0.9, 0.1],
      [0, 1],
      [-1, 0],
    ]
    const points = vectors.map((a, id) => ({
      id,
      vector: { a, s: { indices: [id, 9], values: [1, 2] } },
      payload: { g: id % 2 },
    }))
    await local.upsert('c', { points })
    const using = 'a'
    const hits = async (query: Parameters<typeof local.query>[1]) => (await local.query('c', query)).points
    const vector = { name: 'a', vector: [1, 0.2] }
    expect(await local.search('c', { vector, limit: 2, with_payload: true })).toEqual(
      await hits({ query: vector.vector, using, limit: 2, with_payload: true }),
    )
    const sparse = { indices: [9], values: [1] }
    expect(await local.searchBatch('c', { searches: [{ vector: { name: 's', vector: sparse }, limit: 9 }] })).toEqual([
      await hits({ query: sparse, using: 's', limit: 9 }),
    ])
    const groups = { group_by: 'g', group_size: 1, limit: 2 }
    expect(await local.searchPointGroups('c', { vector, ...groups })).toEqual(
      await local.queryGroups('c', { query: vector.vector, using, ...groups }),
    )
    const examples = { positive: [0], negative: [3] }
    const recommended = await hits({ query: { recommend: examples }, using })
    expect(recommended.map(({ id }) => id)).toEqual([1, 2])
    expect(await local.recommend('c', { ...examples, using })).toEqual(recommended)
    const batch = { searches: [{ ...examples, using, limit: 10 }] }
    expect(await local.recommendBatch('c', batch)).toEqual([recommended])
    expect(await local.recommend_batch('c', batch)).toEqual([recommended])
    expect(await local.recommendPointGroups('c', { ...examples, using, ...groups })).toEqual(
      await local.queryGroups('c', { query: { recommend: examples }, using, ...groups }),
    )
    const context = [{ positive: 0, negative: 3 }]
    expect(await local.discoverPoints('c', { target: 1, context, using, limit: 10 })).toEqual(
      await hits({ query: { discover: { target: 1, context } }, using }),
    )
    expect(await local.discoverBatchPoints('c', { searches: [{ context, using, limit: 10 }] })).toEqual([
      await hits({ query: { context }, using }),
    ])
    const wrong = { vector: { vector: [1, 0] } } as never
    await expect(local.search('c', wrong)).rejects.toMatchObject({ code: 'REQUEST_REFUSED', status: 400 })
  })

  test('has errors whose text is where the class has it: LangChain prints the message, not undefined', async () => {
    await local.createCollection('c', { vectors: { size: 2, distance: 'Dot' } })
    const requests: [Promise<unknown>, RegExp][] = [
      [local.getCollection('nope'), /^404 Not found: Collection `nope` doesn't exist!: Not found: Collection `nope`/],
      [local.upsert('c', { points: [{ id: 1, vector: [1] }] }), /^400 (.+): \1$/],
      [local.query('c', { query: { text: 'a', model: 'no/model' } }), /^\w.* \w.*: (?!undefined)/],
    ]
    for (const [request, printed] of requests) {
      const error = await request.catch((thrown: unknown) => thrown)
      expect(asLangChainPrints(error)).toMatch(printed)
      expect(Object.keys(error as object)).not.toContain('data')
    }
  })
})
