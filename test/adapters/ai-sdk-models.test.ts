import { afterAll, describe, expect, test } from 'vitest'
import { OffgridEmbeddingModel, OffgridRerankingModel } from '../../src/adapters/ai-sdk-models.js'
import { embedAll } from '../../src/product/embed-all.js'

const TEXTS = ['A river in France.', 'Gout is a painful joint disease.']
const QUERY = 'What is gout?'

const model = new OffgridEmbeddingModel({ workers: 1 })
const reranker = new OffgridRerankingModel({ workers: 1 })
afterAll(async () => {
  await model.close()
  await reranker.close()
})

describe('OffgridEmbeddingModel', () => {
  test('gives the vectors of the library and counts their tokens', async () => {
    const { embeddings, usage, warnings } = await model.doEmbed({ values: TEXTS })
    expect(embeddings).toEqual((await embedAll(TEXTS, { workers: 1 })).map((vector) => Array.from(vector)))
    // each with two special tokens
    expect(usage).toEqual({ tokens: 17 })
    expect(warnings).toEqual([])
  })

  test('takes the side of the texts by its provider options, and refuses one that there is not', async () => {
    const { embeddings } = await model.doEmbed({ values: [QUERY], providerOptions: { offgrid: { as: 'query' } } })
    expect(embeddings).toHaveLength(1)
    const wrong = model.doEmbed({ values: [QUERY], providerOptions: { offgrid: { as: 'question' } } })
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  test('ends when its signal says so', async () => {
    const ended = model.doEmbed({ values: TEXTS, abortSignal: AbortSignal.abort() })
    await expect(ended).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  test('names a model that is not here at its first call, and at the next one again', async () => {
    const unknown = new OffgridEmbeddingModel({ model: 'nothing' })
    await expect(unknown.doEmbed({ values: TEXTS })).rejects.toMatchObject({ code: 'UNKNOWN_MODEL' })
    await expect(unknown.doEmbed({ values: TEXTS })).rejects.toMatchObject({ code: 'UNKNOWN_MODEL' })
    await unknown.close()
    await expect(unknown.doEmbed({ values: TEXTS })).rejects.toMatchObject({ code: 'ADAPTER_CLOSED' })
  })
})

describe('OffgridRerankingModel', () => {
  test('ranks texts and objects, the best first, and keeps as many as are wanted', async () => {
    const documents = { type: 'text' as const, values: TEXTS }
    const { ranking } = await reranker.doRerank({ query: QUERY, documents })
    expect(ranking.map(({ index }) => index)).toEqual([1, 0])
    expect(ranking[0]!.relevanceScore).toBeGreaterThan(ranking[1]!.relevanceScore)
    expect(Math.abs(ranking[0]!.relevanceScore)).toBeLessThanOrEqual(1)
    const objects = { type: 'object' as const, values: TEXTS.map((text) => ({ text })) }
    const best = await reranker.doRerank({ query: QUERY, documents: objects, topN: 1 })
    expect(best.ranking.map(({ index }) => index)).toEqual([1])
  })
})
