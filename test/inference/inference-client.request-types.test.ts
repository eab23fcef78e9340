import { expect, expectTypeOf, test } from 'vitest'
import { type QdrantClient, type Schemas, withHeaders } from '#qdrant-client'
import type { InferenceClient } from '../../src/inference/inference-client.js'

type Upsert = Parameters<InferenceClient['upsert']>[1]
type Query = Parameters<InferenceClient['query']>[1]

// Checked by the compiler; at run time these are only values.
const model = 'sentence-transformers/all-MiniLM-L6-v2'
const object = { text: 'a text', model }

test('requests hold text objects without casts, in every place', () => {
  const requests = [
    { points: [{ id: 1, vector: object }] },
    { points: [{ id: 1, vector: { a: object, b: [1, 2], c: { indices: [1], values: [1] } } }] },
    { points: [{ id: 1, vector: { a: { ...object, options: { max_tokens: 8 } } } }] },
    { batch: { ids: [1], vectors: [object] } },
    { batch: { ids: [1], vectors: { a: [object, [1, 2]] } } },
  ] satisfies Upsert[]
  const updates = { points: [{ id: 1, vector: { a: object } }] } satisfies Parameters<
    InferenceClient['updateVectors']
  >[1]
  const operations = {
    operations: [{ upsert: { points: [{ id: 1, vector: object }] } }, { update_vectors: updates }],
  } satisfies Parameters<InferenceClient['batchUpdate']>[1]
  const queries = [
    { query: object },
    { query: { nearest: object } },
    { query: { recommend: { positive: [object, 1], negative: [object] } } },
    { query: { discover: { target: object, context: { positive: object, negative: object } } } },
    { query: { context: [{ positive: object, negative: 1 }] } },
    { prefetch: [{ query: object, using: 'a' }, { prefetch: { query: object } }], query: { fusion: 'rrf' } },
  ] satisfies Query[]
  const groups = { query: object, group_by: 'k', lookup_from: { collection: 'c' } } satisfies Parameters<
    InferenceClient['queryGroups']
  >[1]
  const batch = { searches: queries } satisfies Parameters<InferenceClient['queryBatch']>[1]
  expect([...requests, operations, groups, batch]).toHaveLength(8)
})

test('wrong text objects do not compile', () => {
  // @ts-expect-error a text object names its model
  const noModel: Upsert = { points: [{ id: 1, vector: { a: { text: 'a text' } } }] }
  // @ts-expect-error a text is a string
  const noText: Upsert = { points: [{ id: 1, vector: { a: { text: 7, model } } }] }
  expect([noModel, noText]).toHaveLength(2)
})

test('an InferenceClient is taken wherever a QdrantClient is, and answers in its types', () => {
  expectTypeOf<InferenceClient>().toExtend<QdrantClient>()
  expectTypeOf<Awaited<ReturnType<InferenceClient['query']>>>().toEqualTypeOf<Schemas['QueryResponse']>()
  expectTypeOf<Awaited<ReturnType<InferenceClient['upsert']>>>().toEqualTypeOf<Schemas['UpdateResult']>()
  expectTypeOf(withHeaders).toBeFunction()
})
