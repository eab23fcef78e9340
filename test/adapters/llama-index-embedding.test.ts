import { Document } from '@llamaindex/core/schema'
import { afterAll, expect, test } from 'vitest'
import { OffgridEmbedding } from '../../src/adapters/llama-index-embedding.js'
import { embedAll } from '../../src/product/embed-all.js'

const TEXTS = ['A river in France.', 'Gout is a painful joint disease.']

const embedding = new OffgridEmbedding({ workers: 1 })
afterAll(() => embedding.close())

test('gives the vectors of the library for texts, batches, queries and nodes', async () => {
  const expected = (await embedAll(TEXTS, { workers: 1 })).map((vector) => Array.from(vector))
  expect(await embedding.getTextEmbeddingsBatch(TEXTS)).toEqual(expected)
  expect(await embedding.getTextEmbedding(TEXTS[0]!)).toEqual(expected[0])
  expect(await embedding.getQueryEmbedding({ type: 'text', text: TEXTS[1]! })).toEqual(expected[1])
  const nodes = await embedding(TEXTS.map((text) => new Document({ text })))
  expect(nodes.map((node) => node.embedding)).toEqual(expected)
})
