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

  test('refuses api and recommend_batch by name', async () => {
    const refusal = { code: 'NOT_SUPPORTED', status: 501 }
    expect(() => local.api()).toThrow(
      expect.objectContaining({ ...refusal, message: expect.stringMatching(/api\(\)/) }),
    )
    await expect(local.recommend_batch('a')).rejects.toMatchObject({
      ...refusal,
      message: expect.stringMatching(/recommend_batch\(\), which queryBatch\(\) replaces/),
    })
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
